package tools

import (
	"fmt"
	"os/exec"
)

func kill(pid int) error {
	return exec.Command("sh", "-c", fmt.Sprintf("kill %d", pid)).Run()
}
