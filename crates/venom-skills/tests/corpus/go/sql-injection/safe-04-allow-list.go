package shop

import "database/sql"

var columns = map[string]bool{"name": true, "price": true}

func sorted(db *sql.DB, column string) (*sql.Rows, error) {
	if !columns[column] {
		return nil, errColumn
	}
	return db.Query("SELECT * FROM products ORDER BY " + column)
}
