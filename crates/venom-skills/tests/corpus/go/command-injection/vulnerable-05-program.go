package tools

import (
	"net/http"
	"os/exec"
)

func tool(w http.ResponseWriter, r *http.Request) {
	_ = exec.Command(r.URL.Query().Get("tool")).Run() // expect: command-injection
}
