package client

import "crypto/tls"

var config = &tls.Config{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13}
