package main

import "net/http"

func cors(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "https://example.org")
}
