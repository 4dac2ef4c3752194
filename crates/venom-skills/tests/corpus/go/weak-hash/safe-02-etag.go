package auth

import (
	"crypto/md5"
	"fmt"
)

func etag(body []byte) string {
	return fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum(body)))
}
