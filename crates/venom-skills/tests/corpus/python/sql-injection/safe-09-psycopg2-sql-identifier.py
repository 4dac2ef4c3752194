import psycopg2
from psycopg2 import sql


def row_by_id(dsn, table, row_id):
    statement = sql.SQL("SELECT * FROM {} WHERE id = %s").format(sql.Identifier(table))
    with psycopg2.connect(dsn) as conn, conn.cursor() as cur:
        cur.execute(statement, (row_id,))
        return cur.fetchone()
