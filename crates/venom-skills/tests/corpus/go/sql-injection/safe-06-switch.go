package shop

import "database/sql"

func list(db *sql.DB, newest bool) (*sql.Rows, error) {
	order := "id ASC"
	if newest {
		order = "id DESC"
	}
	return db.Query("SELECT * FROM posts ORDER BY " + order)
}
