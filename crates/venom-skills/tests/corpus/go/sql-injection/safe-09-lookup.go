package shop

import "database/sql"

var orders = map[string]string{"newest": "created DESC", "oldest": "created ASC"}

func list(db *sql.DB, order string) (*sql.Rows, error) {
	return db.Query("SELECT * FROM posts ORDER BY " + orders[order])
}
