package web

import (
	"io"
	"net/http"
)

func missing(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "<html>No page at "+r.URL.Path+"</html>") // expect: xss
}
