package main

import (
	"net/http"
	"time"
)

func start(handler http.Handler) error {
	server := &http.Server{Addr: ":8080", Handler: handler}
	server.ReadHeaderTimeout = 5 * time.Second
	return server.ListenAndServe()
}
