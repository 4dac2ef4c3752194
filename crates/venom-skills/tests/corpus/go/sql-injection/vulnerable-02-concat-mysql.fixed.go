package shop

import (
	"database/sql"

	_ "github.com/go-sql-driver/mysql"
)

func remove(db *sql.DB, id string) error {
	_, err := db.Exec("DELETE FROM orders WHERE id = ?", id) // expect: sql-injection
	return err
}
