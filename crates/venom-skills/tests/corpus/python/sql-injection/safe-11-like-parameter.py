import sqlite3 as sq


class Catalogue:
    def __init__(self, filename):
        self.conn = sq.connect(filename)

    def search(self, term):
        return self.conn.execute(
            "SELECT sku, title FROM products WHERE title LIKE ?",
            (f"%{term}%",),
        ).fetchall()
