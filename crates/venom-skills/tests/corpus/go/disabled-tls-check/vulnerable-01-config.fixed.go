package client

import "crypto/tls"

func config() *tls.Config {
	return &tls.Config{} // expect: disabled-tls-check
}
