package web

import (
	"html/template"
	"net/http"
)

var page = template.Must(template.New("page").Parse("<h1>{{.}}</h1>"))

func hello(w http.ResponseWriter, r *http.Request) {
	_ = page.Execute(w, r.FormValue("name"))
}
