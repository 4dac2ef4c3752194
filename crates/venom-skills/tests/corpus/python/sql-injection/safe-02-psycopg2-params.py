import os

import psycopg2


def orders_for(customer, status):
    conn = psycopg2.connect(os.environ["DATABASE_URL"])
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT id, total FROM orders WHERE customer = %(customer)s AND status = %(status)s",
            {"customer": customer, "status": status},
        )
        return cursor.fetchall()
