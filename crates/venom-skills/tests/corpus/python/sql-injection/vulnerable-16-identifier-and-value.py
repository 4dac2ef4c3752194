import sqlite3
from typing import Any


class Store:
    """A very small key/value layer over one database file."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path)

    def put(self, bucket: str, key: str, value: Any) -> None:
        with self._db:
            self._db.execute(f"INSERT INTO {bucket} (k, v) VALUES ('{key}', '{value}')")  # expect: sql-injection
