package tools

import "os/exec"

func show(path string) error {
	return exec.Command("sh", "-c", `cat -- "$1"`, "sh", path).Run()
}
