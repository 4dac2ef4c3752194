package config

var (
	Host         = "db.internal"
	SMTPPassword = "mail-pass-2024" // expect: hard-coded-secret
)
