package client

import "crypto/tls"

func config() *tls.Config {
	c := new(tls.Config)
	c.InsecureSkipVerify = true // expect: disabled-tls-check
	return c
}
