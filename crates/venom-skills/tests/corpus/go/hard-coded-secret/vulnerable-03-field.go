package config

func options() *Options {
	return &Options{
		Host:     "db.internal",
		Password: "Tr0ub4dor&3", // expect: hard-coded-secret
	}
}
