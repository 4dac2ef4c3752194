package shop

import "database/sql"

func prepare(db *sql.DB, table string) (*sql.Stmt, error) {
	return db.Prepare("INSERT INTO " + table + " VALUES (?)") // expect: sql-injection
}
