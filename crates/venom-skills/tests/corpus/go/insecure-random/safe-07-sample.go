package auth

import "math/rand"

func sampled(rate float64) bool {
	return rand.Float64() < rate
}
