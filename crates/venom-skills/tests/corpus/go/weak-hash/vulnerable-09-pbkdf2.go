package auth

import (
	"crypto/sha1"

	"golang.org/x/crypto/pbkdf2"
)

func derive(password, salt []byte) []byte {
	return pbkdf2.Key(password, salt, 1000, 32, sha1.New) // expect: weak-hash
}
