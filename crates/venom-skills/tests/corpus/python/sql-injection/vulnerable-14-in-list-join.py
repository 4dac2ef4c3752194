import psycopg2


def names_of(conn_string, ids):
    conn = psycopg2.connect(conn_string)
    joined = ", ".join(ids)
    with conn.cursor() as cur:
        cur.execute("SELECT id, name FROM members WHERE id IN (" + joined + ")")  # expect: sql-injection
        rows = cur.fetchall()
    conn.close()
    return {row[0]: row[1] for row in rows}
