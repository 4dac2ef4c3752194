package config

import "testing"

func TestLogin(t *testing.T) {
	password := "made-up-for-test-1"
	if !login("ann", password) {
		t.Fatal("not let in")
	}
}
