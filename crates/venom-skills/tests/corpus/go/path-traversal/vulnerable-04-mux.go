package files

import (
	"net/http"
	"os"

	"github.com/gorilla/mux"
)

func page(w http.ResponseWriter, r *http.Request) {
	vars := mux.Vars(r)
	data, _ := os.ReadFile("pages/" + vars["page"] + ".html") // expect: path-traversal
	w.Write(data)
}
