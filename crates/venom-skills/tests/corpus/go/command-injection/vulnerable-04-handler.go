package tools

import (
	"net/http"
	"os/exec"
)

func ping(w http.ResponseWriter, r *http.Request) {
	line := "ping -c 1 " + r.FormValue("host")
	out, _ := exec.Command("sh", "-c", line).CombinedOutput() // expect: command-injection
	_ = out
}
