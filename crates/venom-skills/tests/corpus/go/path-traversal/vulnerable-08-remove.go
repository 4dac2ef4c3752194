package files

import (
	"net/http"
	"os"
)

func remove(w http.ResponseWriter, r *http.Request) {
	_ = os.RemoveAll("data/" + r.PathValue("folder")) // expect: path-traversal
}
