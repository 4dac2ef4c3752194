package auth

import "example.org/shop/md5"

func passwordPage(password string) string {
	return md5.Sum(password)
}
