package config

var settings = map[string]string{
	"host":     "localhost",
	"password": "pl41n-in-c0de", // expect: hard-coded-secret
}
