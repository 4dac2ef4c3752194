package files

import (
	"net/http"
	"os"
	"path/filepath"
)

func show(w http.ResponseWriter, r *http.Request) {
	data, _ := os.ReadFile(filepath.Join("files", filepath.Base(r.FormValue("name"))))
	w.Write(data)
}
