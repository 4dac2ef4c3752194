package web

import (
	"fmt"
	"net/http"
	"os"
)

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(os.Stderr, "GET %s\n", r.URL.Path)
	w.WriteHeader(http.StatusNoContent)
}
