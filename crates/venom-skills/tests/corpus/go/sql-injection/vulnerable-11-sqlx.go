package shop

import (
	"fmt"

	"github.com/jmoiron/sqlx"
)

func like(db *sqlx.DB, out *[]Item, term string) error {
	return db.Select(out, fmt.Sprintf("SELECT * FROM items WHERE title LIKE '%%%s%%'", term)) // expect: sql-injection
}
