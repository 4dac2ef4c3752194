package shop

import (
	"database/sql"
	"net/http"
)

func search(db *sql.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		row := db.QueryRow("SELECT price FROM items WHERE title = '" + r.FormValue("title") + "'") // expect: sql-injection
		var price int
		_ = row.Scan(&price)
	}
}
