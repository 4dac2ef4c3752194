package ledger

import (
	"fmt"
	"net/http"
)

// Handler answers who signs in.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		session, err := Token()
		if err != nil {
			http.Error(w, "no session", http.StatusInternalServerError)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: session, HttpOnly: false})
		fmt.Fprint(w, "welcome")
	})
	return mux
}
