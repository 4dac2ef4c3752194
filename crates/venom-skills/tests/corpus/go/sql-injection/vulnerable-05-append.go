package shop

import "database/sql"

func filter(tx *sql.Tx, color string) (*sql.Rows, error) {
	query := "SELECT * FROM items WHERE 1 = 1"
	if color != "" {
		query += " AND color = '" + color + "'"
	}
	return tx.Query(query) // expect: sql-injection
}
