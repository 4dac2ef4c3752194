package files

import (
	"net/http"
	"os"
)

func show(w http.ResponseWriter, r *http.Request) {
	root, err := os.OpenRoot("/srv/files")
	if err != nil {
		return
	}
	file, _ := root.Open(r.FormValue("name"))
	_ = file
}
