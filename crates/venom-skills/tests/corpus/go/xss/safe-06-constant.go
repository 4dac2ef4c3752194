package web

import (
	"fmt"
	"net/http"
)

func index(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "<h1>Welcome</h1>")
}
