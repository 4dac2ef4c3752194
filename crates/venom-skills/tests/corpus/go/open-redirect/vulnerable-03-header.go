package web

import "net/http"

func out(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", r.FormValue("url")) // expect: open-redirect
	w.WriteHeader(http.StatusFound)
}
