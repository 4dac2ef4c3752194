package web

import (
	"fmt"
	"net/http"
)

func comment(w http.ResponseWriter, r *http.Request) {
	text := r.PostFormValue("text")
	fmt.Fprintln(w, "<li>"+text+"</li>") // expect: xss
}
