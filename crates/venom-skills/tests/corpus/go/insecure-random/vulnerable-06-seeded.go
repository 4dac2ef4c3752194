package auth

import (
	"math/rand"
	"time"
)

func password() int {
	random := rand.New(rand.NewSource(time.Now().UnixNano()))
	return random.Int() // expect: insecure-random
}
