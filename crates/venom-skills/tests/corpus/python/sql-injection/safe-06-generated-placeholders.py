import sqlite3


def names_of(conn: sqlite3.Connection, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    marks = ", ".join("?" for _ in ids)
    rows = conn.execute(f"SELECT id, name FROM members WHERE id IN ({marks})", ids)
    return dict(rows.fetchall())
