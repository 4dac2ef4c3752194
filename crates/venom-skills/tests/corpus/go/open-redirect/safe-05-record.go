package web

import "net/http"

func follow(w http.ResponseWriter, r *http.Request) {
	link := store.Find(r.FormValue("id"))
	http.Redirect(w, r, link.Target, 302)
}
