package tools

import "os/exec"

func revision() ([]byte, error) {
	return exec.Command("sh", "-c", "git rev-parse HEAD | cut -c1-8").Output()
}
