package web

import (
	"fmt"
	"net/http"
	"strconv"
)

func square(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.FormValue("number"))
	fmt.Fprintf(w, "<p>%d</p>", number*number)
}
