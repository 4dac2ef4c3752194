import sqlite3

from flask import Flask, abort, jsonify, request

app = Flask(__name__)
SORTABLE = {"issued_at", "amount", "customer"}


@app.get("/invoices")
def list_invoices():
    sort = request.args.get("sort", "issued_at")
    if sort not in SORTABLE:
        abort(400)
    conn = sqlite3.connect("invoices.db")
    rows = conn.execute(f"SELECT id, amount FROM invoices ORDER BY {sort}").fetchall()
    conn.close()
    return jsonify(rows)
