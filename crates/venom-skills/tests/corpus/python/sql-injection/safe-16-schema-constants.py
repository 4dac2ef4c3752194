import sqlite3

TABLES = ("users", "groups", "audit")


def create_indexes(path: str) -> None:
    conn = sqlite3.connect(path)
    for table in TABLES:
        conn.execute(f"CREATE INDEX IF NOT EXISTS {table}_created ON {table} (created_at)")
    for table in ("users", "groups"):
        conn.execute("DELETE FROM {} WHERE deleted = 1".format(table))
    conn.commit()
