package auth

import "golang.org/x/crypto/bcrypt"

func hash(password string) ([]byte, error) {
	return bcrypt.GenerateFromPassword([]byte(password), 12)
}
