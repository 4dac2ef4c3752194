package auth

import weak "crypto/md5"

func checkPassword(password string, stored [16]byte) bool {
	return weak.Sum([]byte(password)) == stored // expect: weak-hash
}
