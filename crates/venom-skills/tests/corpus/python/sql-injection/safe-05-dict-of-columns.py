import psycopg2

ORDERINGS = {
    "newest": "created_at DESC",
    "oldest": "created_at ASC",
    "name": "lower(name) ASC",
}


def list_members(dsn, order):
    clause = ORDERINGS.get(order, "created_at DESC")
    with psycopg2.connect(dsn) as conn:
        with conn.cursor() as cur:
            cur.execute(f"SELECT id, name FROM members ORDER BY {clause}")
            return cur.fetchall()
