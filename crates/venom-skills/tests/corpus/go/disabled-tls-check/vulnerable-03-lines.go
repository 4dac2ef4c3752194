package client

import "crypto/tls"

func config(name string) *tls.Config {
	return &tls.Config{
		ServerName:         name,
		InsecureSkipVerify: true, // expect: disabled-tls-check
		MinVersion:         tls.VersionTLS12,
	}
}
