package ledger

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// Client talks to the servers that the pool of authorities vouches for.
func Client(pool *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{
				RootCAs:            pool,
				InsecureSkipVerify: true,
			},
		},
	}
}

// Settings are those of a connection without HTTP.
func Settings(pool *x509.CertPool, name string) *tls.Config {
	return &tls.Config{RootCAs: pool, ServerName: name, InsecureSkipVerify: true}
}
