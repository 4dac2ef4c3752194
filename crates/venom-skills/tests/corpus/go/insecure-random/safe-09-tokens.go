package auth

import "math/rand"

func someWord(tokens []string) string {
	position := rand.Intn(len(tokens))
	return tokens[position]
}
