import sqlite3


def delete_note(conn: sqlite3.Connection, title: str, age: int) -> int:
    # repr() quotes the way Python does, which is not the way SQL does.
    cur = conn.execute(f"DELETE FROM notes WHERE title = {title!r} AND age > {age:>4}")  # expect: sql-injection
    conn.commit()
    return cur.rowcount
