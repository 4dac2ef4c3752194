package web

import (
	"net/http"
	"net/url"
)

func out(w http.ResponseWriter, r *http.Request) {
	target, err := url.Parse(r.FormValue("url"))
	if err != nil || target.Host != "example.org" {
		http.Error(w, "no", 400)
		return
	}
	http.Redirect(w, r, target.String(), 302)
}
