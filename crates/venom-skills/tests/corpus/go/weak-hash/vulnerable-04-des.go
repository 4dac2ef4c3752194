package auth

import "crypto/des"

func cipherOf(key []byte) error {
	_, err := des.NewCipher(key) // expect: weak-hash
	return err
}
