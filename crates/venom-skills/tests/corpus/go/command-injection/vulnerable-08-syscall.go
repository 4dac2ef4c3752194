package tools

import (
	"os"
	"syscall"
)

func replace(line string) error {
	return syscall.Exec("/bin/sh", []string{"sh", "-c", line}, os.Environ()) // expect: command-injection
}
