package auth

import (
	"crypto/md5"
	"encoding/hex"
)

func hashPassword(password string) string {
	sum := md5.Sum([]byte(password)) // expect: weak-hash
	return hex.EncodeToString(sum[:])
}
