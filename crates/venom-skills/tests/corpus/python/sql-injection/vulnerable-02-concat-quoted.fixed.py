import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/login", methods=["POST"])
def login():
    name = request.form["name"]
    db = sqlite3.connect("app.db")
    row = db.execute("SELECT id FROM accounts WHERE name = ?", (name,)).fetchone()  # expect: sql-injection
    db.close()
    if row is None:
        return jsonify(error="unknown account"), 404
    return jsonify(id=row[0])
