package auth

import (
	"crypto/md5"
	"io"
)

func fileChecksum(file io.Reader) ([]byte, error) {
	hash := md5.New()
	_, err := io.Copy(hash, file)
	return hash.Sum(nil), err
}
