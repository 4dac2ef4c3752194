package shop

import (
	"database/sql"
	"fmt"

	_ "github.com/lib/pq"
)

func find(db *sql.DB, name string) (*sql.Rows, error) {
	fmt.Println("looking for", name)
	return db.Query("SELECT * FROM users WHERE name = $1", name) // expect: sql-injection
}
