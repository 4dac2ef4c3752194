import sqlite3

TABLE = "events"
COLUMNS = "id, kind, payload"


def recent(conn: sqlite3.Connection, kind: str):
    query = "SELECT " + COLUMNS + " FROM " + TABLE + " WHERE kind = ? ORDER BY id DESC LIMIT 50"
    return conn.execute(query, (kind,)).fetchall()
