package web

import (
	"net/http"
	"net/url"
)

func user(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/users/"+url.PathEscape(r.FormValue("id")), 302)
}
