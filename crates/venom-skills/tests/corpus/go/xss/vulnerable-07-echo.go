package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func hello(c echo.Context) error {
	return c.HTML(http.StatusOK, "<b>Hello "+c.QueryParam("name")+"</b>") // expect: xss
}
