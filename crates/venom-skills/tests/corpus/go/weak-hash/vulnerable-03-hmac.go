package auth

import (
	"crypto/hmac"
	"crypto/md5"
)

func mac(key, message []byte) []byte {
	h := hmac.New(md5.New, key) // expect: weak-hash
	h.Write(message)
	return h.Sum(nil)
}
