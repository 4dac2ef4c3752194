import psycopg2


def transfer(dsn, sender, receiver, amount):
    conn = psycopg2.connect(dsn)
    with conn:
        with conn.cursor() as cur:
            cur.execute("UPDATE accounts SET balance = balance - %s WHERE owner = %s", (amount, sender))
            cur.execute(f"UPDATE accounts SET balance = balance + %s WHERE owner = '{receiver}'", (amount,))  # expect: sql-injection
    conn.close()
