package files

import (
	"net/http"
	"os"
)

func log(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open("logs/" + r.FormValue("file")) // expect: path-traversal
	if err == nil {
		defer file.Close()
	}
}
