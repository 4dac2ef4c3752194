package tools

import "os/exec"

func size(folder string) ([]byte, error) {
	return exec.Command("/bin/bash", "-c", "du -sh "+folder).Output() // expect: command-injection
}
