package tools

import "os/exec"

func grep(pattern string) *exec.Cmd {
	args := []string{"-c", "grep " + pattern + " log.txt"}
	return exec.Command("sh", args...) // expect: command-injection
}
