package main

import "example.org/shop/http"

func main() {
	_ = http.ListenAndServe(":8080", nil)
}
