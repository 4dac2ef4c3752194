package auth

import "crypto/sha1"

func cacheKey(url string) [20]byte {
	return sha1.Sum([]byte(url))
}
