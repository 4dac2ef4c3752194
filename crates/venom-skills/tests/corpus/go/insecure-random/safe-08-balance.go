package auth

import "math/rand"

func pick(servers []string) string {
	return servers[rand.Intn(len(servers))]
}
