package shop

import (
	"context"

	"github.com/jackc/pgx/v5"
)

func balance(ctx context.Context, conn *pgx.Conn, account string) pgx.Row {
	return conn.QueryRow(ctx, "SELECT balance FROM accounts WHERE id = '"+account+"'") // expect: sql-injection
}
