package main

import (
	"net"
	"net/http"
)

func serve(listener net.Listener) error {
	return http.Serve(listener, nil) // expect: debug-mode
}
