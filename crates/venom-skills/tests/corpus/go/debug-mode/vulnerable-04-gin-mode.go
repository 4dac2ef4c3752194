package main

import "github.com/gin-gonic/gin"

func main() {
	gin.SetMode(gin.DebugMode) // expect: debug-mode
	_ = gin.New().Run()
}
