package web

import (
	"net/http"
	"strings"
)

func login(w http.ResponseWriter, r *http.Request) {
	next := r.FormValue("next")
	if !strings.HasPrefix(next, "/account/") {
		http.Error(w, "no", 400)
		return
	}
	http.Redirect(w, r, next, 302)
}
