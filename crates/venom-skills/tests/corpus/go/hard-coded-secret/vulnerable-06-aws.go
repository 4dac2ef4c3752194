package config

func keys() (string, string) {
	return "AKIAQWERTYUIOPASDFGH", "" // expect: hard-coded-secret
}
