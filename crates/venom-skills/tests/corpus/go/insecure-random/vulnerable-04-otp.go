package auth

import (
	"fmt"
	"math/rand"
)

func sendOTP(phone string) {
	otp := fmt.Sprintf("%06d", rand.Intn(1000000)) // expect: insecure-random
	sms(phone, otp)
}
