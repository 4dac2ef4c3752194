package web

import "net/http"

func trace(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Trace", r.Header.Get("X-Trace"))
}
