package main

import (
	"log"
	"net/http"
)

func main() {
	log.Fatal(http.ListenAndServeTLS(":443", "cert.pem", "key.pem", mux())) // expect: debug-mode
}
