package client

import (
	"crypto/tls"

	"github.com/go-resty/resty/v2"
)

func client() *resty.Client {
	return resty.New().SetTLSClientConfig(&tls.Config{InsecureSkipVerify: true}) // expect: disabled-tls-check
}
