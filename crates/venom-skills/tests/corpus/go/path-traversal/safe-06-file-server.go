package files

import "net/http"

func routes() {
	http.Handle("/static/", http.FileServer(http.Dir("static")))
}
