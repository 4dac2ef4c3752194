package shop

import (
	"database/sql"
	"strings"
)

func build(db *sql.DB, where string) (*sql.Rows, error) {
	var text strings.Builder
	text.WriteString("SELECT * FROM logs WHERE ")
	text.WriteString(where)
	return db.Query(text.String()) // expect: sql-injection
}
