package tools

import (
	"context"
	"os/exec"
)

func run(ctx context.Context, script string) error {
	return exec.CommandContext(ctx, "sh", "-c", script).Run() // expect: command-injection
}
