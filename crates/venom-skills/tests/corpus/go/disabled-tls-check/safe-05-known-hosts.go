package client

import (
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func config(user string) (*ssh.ClientConfig, error) {
	check, err := knownhosts.New("known_hosts")
	return &ssh.ClientConfig{User: user, HostKeyCallback: check}, err
}
