package config

import "github.com/gorilla/sessions"

var store = sessions.NewCookieStore([]byte("something-very-secret-77")) // expect: hard-coded-secret
