import os

from flask import Flask, abort, request, send_file

app = Flask(__name__)
BASE = "/srv/files"


@app.get("/get")
def get():
    full = os.path.normpath(os.path.join(BASE, request.args["f"]))
    # "/srv/files-private" begins with the base too.
    if not full.startswith(BASE):
        abort(403)
    return send_file(full)  # expect: path-traversal
