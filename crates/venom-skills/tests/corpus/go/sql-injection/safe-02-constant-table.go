package shop

import (
	"database/sql"
	"fmt"
)

const table = "users"

func all(db *sql.DB) (*sql.Rows, error) {
	return db.Query(fmt.Sprintf("SELECT * FROM %s", table))
}
