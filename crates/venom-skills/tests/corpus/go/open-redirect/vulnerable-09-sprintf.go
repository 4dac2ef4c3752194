package web

import (
	"fmt"
	"net/http"
)

func out(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, fmt.Sprintf("https://%s/", r.PostFormValue("shop")), 302) // expect: open-redirect
}
