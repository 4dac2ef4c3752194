import os

from flask import Flask, request
from werkzeug.utils import secure_filename

app = Flask(__name__)
FOLDER = "/srv/incoming"


@app.post("/upload")
def upload():
    sent = request.files["file"]
    name = secure_filename(sent.filename)
    if not name:
        return {"error": "a name is needed"}, 400
    sent.save(os.path.join(FOLDER, name))
    return {"stored": name}
