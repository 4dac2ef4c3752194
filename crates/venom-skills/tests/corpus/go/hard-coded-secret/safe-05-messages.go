package config

import "errors"

var errPassword = errors.New("the password is too short")

const passwordHelp = "Enter your password"
