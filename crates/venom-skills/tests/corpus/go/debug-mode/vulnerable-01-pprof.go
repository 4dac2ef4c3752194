package main

import (
	"net/http"
	_ "net/http/pprof" // expect: debug-mode
)

func main() {
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 5e9}
	_ = server.ListenAndServe()
}
