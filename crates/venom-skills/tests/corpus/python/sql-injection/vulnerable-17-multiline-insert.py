import sqlite3


def record_visit(cursor: sqlite3.Cursor, page: str, agent: str, referrer: str) -> None:
    cursor.execute(  # expect: sql-injection
        "INSERT INTO visits (page, agent, referrer) "
        f"VALUES ('{page}', '{agent}', '{referrer}')",
    )


def main() -> None:
    conn = sqlite3.connect("visits.db")
    record_visit(conn.cursor(), input(), input(), input())
    conn.commit()
