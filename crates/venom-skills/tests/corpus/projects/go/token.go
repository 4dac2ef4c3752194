package ledger

import (
	"encoding/hex"
	"math/rand"
)

// Token makes the name of a session.
func Token() (string, error) {
	token := make([]byte, 16)
	if _, err := rand.Read(token); err != nil {
		return "", err
	}
	return hex.EncodeToString(token), nil
}
