package files

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

func show(w http.ResponseWriter, r *http.Request) {
	path := filepath.Join("/srv/files", r.FormValue("name"))
	if !strings.HasPrefix(path, "/srv/files/") {
		http.NotFound(w, r)
		return
	}
	data, _ := os.ReadFile(path)
	w.Write(data)
}
