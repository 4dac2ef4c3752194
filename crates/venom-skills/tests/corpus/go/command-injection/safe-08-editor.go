package tools

import (
	"os"
	"os/exec"
)

func edit(file string) error {
	return exec.Command(os.Getenv("EDITOR"), file).Run()
}
