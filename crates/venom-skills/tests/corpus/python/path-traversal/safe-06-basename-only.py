import os
from pathlib import Path

from flask import Flask, request, send_file

app = Flask(__name__)


@app.get("/thumb")
def thumb():
    name = os.path.basename(request.args["name"])
    return send_file(os.path.join("/srv/thumbs", name))


@app.get("/cover")
def cover():
    name = Path(request.args["name"]).name
    return send_file(Path("/srv/covers") / name)
