package main

import "net/http"

func start(handler http.Handler) error {
	server := &http.Server{Addr: ":8080", Handler: handler} // expect: debug-mode
	return server.ListenAndServe()
}
