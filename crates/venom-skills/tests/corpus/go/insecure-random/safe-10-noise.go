package auth

import "math/rand"

func noise(seed int64) float64 {
	return rand.New(rand.NewSource(seed)).NormFloat64()
}
