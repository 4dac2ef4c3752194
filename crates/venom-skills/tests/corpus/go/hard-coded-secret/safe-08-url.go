package config

const (
	tokenURL = "https://login.example.org/oauth/token"
	database = "postgres://localhost/shop"
)
