package auth

import "crypto/sha1"

func sign(token, secret string) []byte {
	hash := sha1.New() // expect: weak-hash
	hash.Write([]byte(token + secret))
	return hash.Sum(nil)
}
