package web

import "net/http"

var pages = map[string]string{"a": "https://a.example.org"}

func out(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, pages[r.FormValue("page")], 302)
}
