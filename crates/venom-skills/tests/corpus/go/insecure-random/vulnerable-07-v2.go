package auth

import "math/rand/v2"

func csrfToken() uint64 {
	return rand.Uint64() // expect: insecure-random
}
