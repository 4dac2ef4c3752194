import os

from flask import Flask, abort, request, send_file

app = Flask(__name__)
BASE = os.path.realpath("/srv/files")


@app.get("/get")
def get():
    full = os.path.realpath(os.path.join(BASE, request.args["f"]))
    if os.path.commonpath([BASE, full]) != BASE:
        abort(403)
    return send_file(full)
