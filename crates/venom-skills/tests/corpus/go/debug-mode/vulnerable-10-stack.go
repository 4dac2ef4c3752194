package main

import (
	"net/http"
	"runtime/debug"
)

func fail(w http.ResponseWriter) {
	_, _ = w.Write(debug.Stack()) // expect: debug-mode
}
