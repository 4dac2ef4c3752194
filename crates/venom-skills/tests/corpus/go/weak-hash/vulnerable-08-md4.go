package auth

import "golang.org/x/crypto/md4"

func ntlm(password []byte) []byte {
	hash := md4.New() // expect: weak-hash
	hash.Write(password)
	return hash.Sum(nil)
}
