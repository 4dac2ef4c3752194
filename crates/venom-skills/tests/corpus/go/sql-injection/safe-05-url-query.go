package shop

import "net/http"

func name(r *http.Request) string {
	return r.URL.Query().Get("name" + "-" + r.Method)
}
