package web

import "net/http"

func secure(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://example.org"+r.URL.Path, 301)
}
