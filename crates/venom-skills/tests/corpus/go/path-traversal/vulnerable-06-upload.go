package files

import (
	"net/http"
	"os"
)

func upload(w http.ResponseWriter, r *http.Request) {
	_, header, _ := r.FormFile("image")
	out, _ := os.Create("/srv/uploads/" + header.Filename) // expect: path-traversal
	defer out.Close()
}
