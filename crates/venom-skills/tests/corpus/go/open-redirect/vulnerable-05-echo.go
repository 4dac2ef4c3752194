package web

import "github.com/labstack/echo/v4"

func out(c echo.Context) error {
	return c.Redirect(302, c.QueryParam("url")) // expect: open-redirect
}
