package auth

import (
	"crypto/cipher"
	"crypto/des"
)

func block(key []byte) (cipher.Block, error) {
	return des.NewTripleDESCipher(key) // expect: weak-hash
}
