import psycopg2
from psycopg2.extras import RealDictCursor


def archived_reports(dsn, owner):
    with psycopg2.connect(dsn) as conn:
        cur = conn.cursor(cursor_factory=RealDictCursor)
        cur.execute("SELECT * FROM reports WHERE title LIKE 'archive-%' AND owner = '{}'".format(owner))  # expect: sql-injection
        return cur.fetchall()
