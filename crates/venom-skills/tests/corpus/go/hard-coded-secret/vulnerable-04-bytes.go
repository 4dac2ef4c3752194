package config

var jwtSecret = []byte("shhh-do-not-tell-9d2f") // expect: hard-coded-secret
