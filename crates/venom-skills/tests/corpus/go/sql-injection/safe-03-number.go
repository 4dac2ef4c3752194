package shop

import (
	"database/sql"
	"fmt"
)

func page(db *sql.DB, offset int) (*sql.Rows, error) {
	return db.Query(fmt.Sprintf("SELECT * FROM posts LIMIT 20 OFFSET %d", offset))
}
