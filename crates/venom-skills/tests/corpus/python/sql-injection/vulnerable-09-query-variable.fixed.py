import sqlite3
from contextlib import closing

DATABASE = "/var/lib/tickets/tickets.db"


def close_ticket(ticket_id, reason):
    query = "UPDATE tickets SET state = 'closed', reason = ? WHERE id = ?"
    with closing(sqlite3.connect(DATABASE)) as conn:
        conn.execute(query, (reason, ticket_id))  # expect: sql-injection
        conn.commit()
