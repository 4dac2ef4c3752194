import sqlite3


def load_user(path, user_id):
    conn = sqlite3.connect(path)
    try:
        cur = conn.cursor()
        cur.execute(f"SELECT id, name, email FROM users WHERE id = {user_id}")  # expect: sql-injection
        return cur.fetchone()
    finally:
        conn.close()
