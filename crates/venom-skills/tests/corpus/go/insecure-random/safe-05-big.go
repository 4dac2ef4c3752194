package auth

import (
	"crypto/rand"
	"math/big"
)

func otp() (*big.Int, error) {
	return rand.Int(rand.Reader, big.NewInt(1000000))
}
