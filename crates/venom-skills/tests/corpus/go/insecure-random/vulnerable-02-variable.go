package auth

import (
	"fmt"
	"math/rand"
)

func invite() string {
	secret := fmt.Sprint(rand.Int63()) // expect: insecure-random
	return secret
}
