package config

func isAdmin(password string) bool {
	return password == "letmein-please-42" // expect: hard-coded-secret
}
