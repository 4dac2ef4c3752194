import sqlite3
import sys


def count_rows(database, table):
    with sqlite3.connect(database) as conn:
        # Works for whatever table the operator names on the command line.
        (total,) = conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # expect: sql-injection
    return total


if __name__ == "__main__":
    print(count_rows(sys.argv[1], sys.argv[2]))
