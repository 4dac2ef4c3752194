package web

import "net/http"

func sso(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.FormValue("host")+"/callback", 302) // expect: open-redirect
}
