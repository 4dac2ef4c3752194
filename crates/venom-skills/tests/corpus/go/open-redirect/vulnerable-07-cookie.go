package web

import "net/http"

func back(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie("from")
	http.Redirect(w, r, cookie.Value, 302) // expect: open-redirect
}
