package files

import (
	"net/http"
	"os"
)

func page(w http.ResponseWriter, r *http.Request) {
	file := "index.html"
	switch r.FormValue("page") {
	case "about":
		file = "about.html"
	}
	data, _ := os.ReadFile(file)
	w.Write(data)
}
