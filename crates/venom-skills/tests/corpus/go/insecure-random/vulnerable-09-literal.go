package auth

import (
	"math/rand"
	"strconv"
)

func session(user string) Session {
	return Session{
		User:      user,
		SessionID: strconv.Itoa(rand.Int()), // expect: insecure-random
	}
}
