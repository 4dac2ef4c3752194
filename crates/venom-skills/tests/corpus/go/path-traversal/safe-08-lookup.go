package files

import (
	"net/http"
	"os"
)

var pages = map[string]string{"home": "home.html", "about": "about.html"}

func page(w http.ResponseWriter, r *http.Request) {
	data, _ := os.ReadFile(pages[r.FormValue("page")])
	w.Write(data)
}
