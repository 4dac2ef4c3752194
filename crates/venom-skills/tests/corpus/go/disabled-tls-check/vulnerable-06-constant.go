package client

import "crypto/tls"

const skip = true

var config = tls.Config{InsecureSkipVerify: skip} // expect: disabled-tls-check
