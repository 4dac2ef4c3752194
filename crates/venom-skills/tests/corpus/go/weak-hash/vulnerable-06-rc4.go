package auth

import "crypto/rc4"

func stream(key []byte) (*rc4.Cipher, error) {
	return rc4.NewCipher(key) // expect: weak-hash
}
