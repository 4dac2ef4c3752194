package client

import "golang.org/x/crypto/ssh"

func config(user string) *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:            user,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // expect: disabled-tls-check
	}
}
