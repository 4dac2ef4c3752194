package web

import "net/http"

func out(w http.ResponseWriter, r *http.Request) {
	http.RedirectHandler(r.URL.Query().Get("to"), 302).ServeHTTP(w, r) // expect: open-redirect
}
