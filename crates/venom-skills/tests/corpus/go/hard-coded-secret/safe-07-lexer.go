package config

func next(token string) bool {
	return token == "identifier" || token == "number"
}
