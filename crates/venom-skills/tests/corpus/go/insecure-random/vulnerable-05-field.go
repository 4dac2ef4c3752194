package auth

import "math/rand"

func reset(user *User) {
	user.ResetToken = rand.Uint64() // expect: insecure-random
}
