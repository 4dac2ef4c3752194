package web

import "net/http"

func search(w http.ResponseWriter, r *http.Request) {
	w.Write([]byte("<p>You searched for " + r.FormValue("q") + "</p>")) // expect: xss
}
