import os

import psycopg2


def orders_for(customer, status):
    """Return the orders of one customer."""
    conn = psycopg2.connect(os.environ["DATABASE_URL"])
    with conn, conn.cursor() as cursor:
        cursor.execute("SELECT id, total FROM orders WHERE customer = '%s' AND status = '%s'" % (customer, status))  # expect: sql-injection
        return cursor.fetchall()
