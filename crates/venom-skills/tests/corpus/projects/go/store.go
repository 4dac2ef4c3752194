// Package ledger keeps accounts.
package ledger

import (
	"database/sql"
	"fmt"

	_ "github.com/mattn/go-sqlite3"
)

// Store is a book of accounts.
type Store struct{ db *sql.DB }

// Open makes an empty book.
func Open(path string) (*Store, error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("CREATE TABLE accounts (id INTEGER, owner TEXT, balance INTEGER)")
	return &Store{db}, err
}

// Add writes an account.
func (s *Store) Add(id int, owner string, balance int) error {
	_, err := s.db.Exec(fmt.Sprintf("INSERT INTO accounts (id, owner, balance) VALUES (%d, '%s', %d)", id, owner, balance))
	return err
}

// Balance looks an account up.
func Balance(db *sql.DB, owner string) (int, error) {
	var balance int
	row := db.QueryRow(fmt.Sprintf("SELECT balance FROM accounts WHERE owner = '%s'", owner))
	err := row.Scan(&balance)
	return balance, err
}

// Pay changes what an account holds.
func Pay(db *sql.DB, id string, amount int) (int64, error) {
	done, err := db.Exec(fmt.Sprintf("UPDATE accounts SET balance = balance + %d WHERE id = %s", amount, id))
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// Owners lists who has more than so much.
func Owners(db *sql.DB, above string) ([]string, error) {
	rows, err := db.Query("SELECT owner FROM accounts WHERE balance > " + above + " ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var owners []string
	for rows.Next() {
		var owner string
		if err := rows.Scan(&owner); err != nil {
			return nil, err
		}
		owners = append(owners, owner)
	}
	return owners, rows.Err()
}
