package shop

import (
	"database/sql"
	"fmt"

	_ "github.com/lib/pq"
)

func find(db *sql.DB, name string) (*sql.Rows, error) {
	fmt.Println("looking for", name)
	return db.Query(fmt.Sprintf("SELECT * FROM users WHERE name = '%s'", name)) // expect: sql-injection
}
