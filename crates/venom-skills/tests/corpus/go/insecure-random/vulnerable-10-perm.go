package auth

import "math/rand"

func generateRecoveryCode() (code string) {
	for _, digit := range rand.Perm(8) { // expect: insecure-random
		code += string(rune('0' + digit))
	}
	return code
}
