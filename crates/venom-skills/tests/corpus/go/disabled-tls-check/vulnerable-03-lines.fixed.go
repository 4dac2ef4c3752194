package client

import "crypto/tls"

func config(name string) *tls.Config {
	return &tls.Config{
		ServerName:         name,
		MinVersion:         tls.VersionTLS12,
	}
}
