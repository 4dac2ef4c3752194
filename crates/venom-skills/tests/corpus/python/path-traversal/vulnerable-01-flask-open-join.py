import os

from flask import Flask, Response, request

app = Flask(__name__)
UPLOADS = "/srv/uploads"


@app.route("/download")
def download():
    name = request.args["name"]
    path = os.path.join(UPLOADS, name)
    with open(path, "rb") as handle:  # expect: path-traversal
        return Response(handle.read(), mimetype="application/octet-stream")
