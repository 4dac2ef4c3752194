package main

import "net/http"

func login(w http.ResponseWriter, session string) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: session, HttpOnly: true}) // expect: debug-mode
}
