package web

import (
	"fmt"
	"net/http"
)

func hello(w http.ResponseWriter, req *http.Request) {
	name := req.URL.Query().Get("name")
	page := fmt.Sprintf("<html><body>%s</body></html>", name)
	_, _ = w.Write([]byte(page)) // expect: xss
}
