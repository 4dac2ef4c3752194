import psycopg2


def connect():
    return psycopg2.connect(host="db.internal", user="billing", password="Qu1et-Harbour-77")  # expect: hard-coded-secret


def total(conn):
    with conn.cursor() as cur:
        cur.execute("SELECT SUM(amount) FROM invoices")
        return cur.fetchone()[0]
