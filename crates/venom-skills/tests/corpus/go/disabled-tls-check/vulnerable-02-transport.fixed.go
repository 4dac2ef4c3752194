package client

import (
	"crypto/tls"
	"net/http"
)

var client = &http.Client{
	Transport: &http.Transport{
		TLSClientConfig: &tls.Config{}, // expect: disabled-tls-check
	},
}
