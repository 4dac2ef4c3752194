package web

import (
	"html/template"
	"net/http"
)

func show(w http.ResponseWriter, r *http.Request) {
	body := template.HTML(r.PostFormValue("body")) // expect: xss
	_ = page.Execute(w, body)
}
