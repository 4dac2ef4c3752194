package config

func set(settings *Settings) {
	settings.DBPassword = "c0rrecthorse" // expect: hard-coded-secret
	settings.Host = "localhost"
}
