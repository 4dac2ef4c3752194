package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func hello(c *gin.Context) {
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte("<h1>"+c.Query("name")+"</h1>")) // expect: xss
}
