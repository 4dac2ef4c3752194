package client

import "crypto/tls"

func config() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true} // expect: disabled-tls-check
}
