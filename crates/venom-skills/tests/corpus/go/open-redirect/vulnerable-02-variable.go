package web

import "net/http"

func logout(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("return_to")
	if target == "" {
		target = "/"
	}
	http.Redirect(w, r, target, http.StatusSeeOther) // expect: open-redirect
}
