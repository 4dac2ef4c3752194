import sqlite3

from flask import Blueprint, g, jsonify, request

bp = Blueprint("invoices", __name__)


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect("invoices.db")
    return g.db


@bp.get("/invoices")
def list_invoices():
    sort = request.args.get("sort", "issued_at")
    direction = request.args.get("dir", "asc")
    rows = get_db().execute(f"SELECT * FROM invoices ORDER BY {sort} {direction}")  # expect: sql-injection
    return jsonify([list(row) for row in rows])
