import sqlite3
from contextlib import closing

DATABASE = "/var/lib/tickets/tickets.db"


def close_ticket(ticket_id, reason):
    query = f"UPDATE tickets SET state = 'closed', reason = '{reason}' WHERE id = {ticket_id}"
    with closing(sqlite3.connect(DATABASE)) as conn:
        conn.execute(query)  # expect: sql-injection
        conn.commit()
