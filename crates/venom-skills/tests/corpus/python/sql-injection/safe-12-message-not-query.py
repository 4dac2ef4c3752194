import logging
import sqlite3

log = logging.getLogger(__name__)


def remove(conn: sqlite3.Connection, name: str) -> int:
    log.info(f"DELETE FROM users WHERE name = '{name}' requested")
    cursor = conn.execute("DELETE FROM users WHERE name = ?", [name])
    if cursor.rowcount == 0:
        raise LookupError(f"Select another name, {name} is not from this group")
    return cursor.rowcount
