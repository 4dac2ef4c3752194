package auth

import (
	"math/rand"
	"time"
)

func backoff(base time.Duration) time.Duration {
	return base + time.Duration(rand.Int63n(int64(base)))
}
