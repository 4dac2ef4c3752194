package tools

import (
	"os/exec"

	"github.com/gin-gonic/gin"
)

func convert(c *gin.Context) {
	file := c.Param("file")
	cmd := exec.Command("sh", "-c", "convert "+file+" out.png") // expect: command-injection
	_ = cmd.Run()
}
