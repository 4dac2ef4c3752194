package main

import "github.com/labstack/echo/v4"

func start(debug bool) *echo.Echo {
	e := echo.New()
	e.Debug = debug
	return e
}
