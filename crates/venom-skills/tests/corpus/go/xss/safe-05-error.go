package web

import "net/http"

func hello(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "no such page: "+r.URL.Path, http.StatusNotFound)
}
