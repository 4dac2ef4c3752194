package files

import (
	"fmt"
	"net/http"
	"os"
)

func note(w http.ResponseWriter, r *http.Request) {
	path := fmt.Sprintf("notes/%s.txt", r.PostFormValue("id"))
	_ = os.WriteFile(path, []byte(r.PostFormValue("text")), 0o600) // expect: path-traversal
}
