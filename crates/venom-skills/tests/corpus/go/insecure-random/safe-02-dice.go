package auth

import "math/rand"

func roll() int {
	return 1 + rand.Intn(6)
}
