package config

const (
	passwordField = "password"
	tokenHeader   = "X-Auth-Token"
	apiKeyEnv     = "SHOP_API_KEY"
)
