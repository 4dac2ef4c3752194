import os

from flask import Flask, abort, request

app = Flask(__name__)


@app.route("/page")
def page():
    wanted = request.args.get("p", "index.html").replace("../", "")
    path = os.path.join("pages", wanted)
    if not os.path.isfile(path):
        abort(404)
    return open(path, encoding="utf-8").read()  # expect: path-traversal
