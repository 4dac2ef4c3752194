package web

import "net/http"

func docs(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://docs.example.org/"+r.FormValue("page"), 302)
}
