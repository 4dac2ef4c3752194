package auth

import (
	"crypto/sha1"
	"fmt"
)

func sessionSignature(session string) string {
	return fmt.Sprintf("%x", sha1.Sum([]byte(session))) // expect: weak-hash
}
