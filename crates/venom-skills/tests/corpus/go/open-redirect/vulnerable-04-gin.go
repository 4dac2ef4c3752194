package web

import "github.com/gin-gonic/gin"

func out(c *gin.Context) {
	c.Redirect(302, c.Query("url")) // expect: open-redirect
}
