package auth

import "hash/fnv"

func tokenBucket(token string) uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(token))
	return hash.Sum32()
}
