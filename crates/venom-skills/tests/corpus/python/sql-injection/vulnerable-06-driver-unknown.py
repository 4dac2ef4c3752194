def find_by_email(connection, email):
    """Look one subscriber up; the caller brings the connection."""
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT id, plan FROM subscribers WHERE email = '%s'" % email)  # expect: sql-injection
        return cursor.fetchone()
    finally:
        cursor.close()
