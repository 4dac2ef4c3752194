package files

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
)

func show(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.FormValue("id"))
	if err != nil {
		return
	}
	data, _ := os.ReadFile(fmt.Sprintf("data/%d.json", id))
	w.Write(data)
}
