package client

import "crypto/tls"

var config = tls.Config{InsecureSkipVerify: false}
