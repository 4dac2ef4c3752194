package tools

import "os/exec"

func start(program string, args ...string) *exec.Cmd {
	return exec.Command(program, args...)
}
