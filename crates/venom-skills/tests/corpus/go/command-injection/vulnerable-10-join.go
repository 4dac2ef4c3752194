package tools

import (
	"os/exec"
	"strings"
)

func run(words []string) error {
	return exec.Command("sh", "-c", strings.Join(words, " ")).Run() // expect: command-injection
}
