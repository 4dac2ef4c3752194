package files

import (
	"net/http"
	"os"
	"path/filepath"
)

func show(w http.ResponseWriter, r *http.Request) {
	data, _ := os.ReadFile(filepath.Join("/srv/files", r.URL.Query().Get("name"))) // expect: path-traversal
	w.Write(data)
}
