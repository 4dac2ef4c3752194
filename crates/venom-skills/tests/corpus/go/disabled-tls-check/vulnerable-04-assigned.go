package client

import "crypto/tls"

func relax(config *tls.Config) {
	config.InsecureSkipVerify = true // expect: disabled-tls-check
}
