package auth

import (
	"crypto/hmac"
	"crypto/sha256"
)

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
