import sqlite3


def search_logs(db_path, level=None, host=None):
    sql = "SELECT at, host, level, message FROM logs WHERE 1 = 1"
    if level:
        sql += " AND level = '%s'" % level
    if host:
        sql += " AND host = '" + host + "'"
    sql += " ORDER BY at DESC LIMIT 200"
    conn = sqlite3.connect(db_path)
    cursor = conn.cursor()
    cursor.execute(sql)  # expect: sql-injection
    return cursor.fetchall()
