package tools

import "os/exec"

func run(fast bool) error {
	line := "make check"
	if fast {
		line = "make quick"
	}
	return exec.Command("sh", "-c", line).Run()
}
