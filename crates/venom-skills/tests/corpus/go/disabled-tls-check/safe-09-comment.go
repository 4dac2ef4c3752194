package client

// Never set InsecureSkipVerify: true here.
var verify = true
