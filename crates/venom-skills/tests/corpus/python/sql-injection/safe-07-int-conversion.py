import sqlite3

from flask import Blueprint, jsonify, request

bp = Blueprint("feed", __name__)


@bp.get("/feed")
def feed():
    page = int(request.args.get("page", "0"))
    size = min(int(request.args.get("size", "20")), 100)
    db = sqlite3.connect("feed.db")
    rows = db.execute(f"SELECT id, title FROM entries ORDER BY id LIMIT {size} OFFSET {page * size}")
    return jsonify(rows.fetchall())
