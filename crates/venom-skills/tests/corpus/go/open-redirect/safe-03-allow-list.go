package web

import "net/http"

var targets = map[string]bool{"/home": true, "/account": true}

func login(w http.ResponseWriter, r *http.Request) {
	next := r.FormValue("next")
	if !targets[next] {
		next = "/home"
	}
	http.Redirect(w, r, next, 302)
}
