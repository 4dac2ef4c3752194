package auth

import "math/rand"

const letters = "abcdefghijklmnopqrstuvwxyz"

func makeToken(length int) string {
	bytes := make([]byte, length)
	for i := range bytes {
		bytes[i] = letters[rand.Intn(len(letters))] // expect: insecure-random
	}
	return string(bytes)
}
