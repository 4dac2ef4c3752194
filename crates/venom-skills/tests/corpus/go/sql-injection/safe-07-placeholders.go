package shop

import (
	"database/sql"
	"strings"
)

func many(db *sql.DB, ids []any) (*sql.Rows, error) {
	marks := strings.Repeat("?,", len(ids)-1) + "?"
	return db.Query("SELECT * FROM users WHERE id IN ("+marks+")", ids...)
}
