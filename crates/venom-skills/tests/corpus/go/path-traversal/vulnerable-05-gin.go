package files

import "github.com/gin-gonic/gin"

func get(c *gin.Context) {
	c.File("./data/" + c.Query("path")) // expect: path-traversal
}
