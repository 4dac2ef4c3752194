package tools

import "os/exec"

func open(path string) error {
	return exec.Command("cmd", "/C", "start "+path).Start() // expect: command-injection
}
