package auth

import "math/rand"

func sessionKey() []byte {
	key := make([]byte, 32)
	rand.Read(key) // expect: insecure-random
	return key
}
