package tools

import (
	"fmt"
	"os/exec"
)

const logFile = "/var/log/shop.log"

func tail() error {
	return exec.Command("sh", "-c", fmt.Sprintf("tail %s", logFile)).Run()
}
