package auth

import "github.com/google/uuid"

func sessionID() string {
	return uuid.NewString()
}
