from flask import Flask, abort, request
from werkzeug.security import safe_join

app = Flask(__name__)


@app.route("/raw")
def raw():
    path = safe_join("/srv/raw", request.args.get("p", ""))
    if path is None:
        abort(404)
    with open(path, "rb") as handle:
        return handle.read(), 200, {"Content-Type": "application/octet-stream"}
