package tools

import (
	"fmt"
	"os/exec"
)

func archive(name string) error {
	return exec.Command("sh", "-c", fmt.Sprintf("tar czf backup.tgz %s", name)).Run() // expect: command-injection
}
