package config

import "flag"

var password = flag.String("password", "", "the password of the database")
