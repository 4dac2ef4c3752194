package client

import "crypto/tls"

func config(insecure bool) *tls.Config {
	return &tls.Config{InsecureSkipVerify: insecure}
}
