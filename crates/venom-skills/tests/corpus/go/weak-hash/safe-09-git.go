package auth

import (
	"crypto/sha1"
	"fmt"
)

func gitObject(data []byte) [20]byte {
	return sha1.Sum(append([]byte(fmt.Sprintf("blob %d\x00", len(data))), data...))
}
