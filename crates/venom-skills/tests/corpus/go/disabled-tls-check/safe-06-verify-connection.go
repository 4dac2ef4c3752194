package client

import "crypto/tls"

func config(verify func(tls.ConnectionState) error) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection:   verify,
	}
}
