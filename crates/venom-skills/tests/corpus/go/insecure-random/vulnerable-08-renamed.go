package auth

import mrand "math/rand"

func nonce() int64 {
	return mrand.Int63() // expect: insecure-random
}
