package config

import "database/sql"

func open() (*sql.DB, error) {
	return sql.Open("postgres", "postgres://shop:s3cr3tPw99@db.internal/shop") // expect: hard-coded-secret
}
