package shop

import (
	"context"
	"database/sql"
	"fmt"
)

func order(ctx context.Context, db *sql.DB, column string) (*sql.Rows, error) {
	query := fmt.Sprintf("SELECT id FROM books ORDER BY %s", column)
	return db.QueryContext(ctx, query) // expect: sql-injection
}
