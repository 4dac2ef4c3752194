import sqlite3


def purge(path, days):
    conn = sqlite3.connect(path)
    with conn:
        # %d refuses anything that is not a number.
        conn.execute("DELETE FROM sessions WHERE seen < date('now', '-%d days')" % days)
    conn.close()
