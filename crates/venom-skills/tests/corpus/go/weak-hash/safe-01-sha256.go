package auth

import "crypto/sha256"

func digest(token string) [32]byte {
	return sha256.Sum256([]byte(token))
}
