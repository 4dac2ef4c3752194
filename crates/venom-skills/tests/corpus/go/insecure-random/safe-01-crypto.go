package auth

import (
	"crypto/rand"
	"encoding/hex"
)

func token() string {
	bytes := make([]byte, 16)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}
