package ledger

import (
	"database/sql"

	_ "github.com/mattn/go-sqlite3"
)

// Remove takes an account out of the book.
func Remove(db *sql.DB, owner string) error {
	_, err := db.Exec("DELETE FROM accounts WHERE owner = '" + owner + "'")
	return err
}
