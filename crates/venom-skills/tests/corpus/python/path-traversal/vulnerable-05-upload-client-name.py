import os

from flask import Flask, request

app = Flask(__name__)
app.config["UPLOAD_FOLDER"] = os.environ.get("UPLOAD_FOLDER", "/tmp/in")


@app.post("/upload")
def upload():
    sent = request.files["file"]
    # The client chooses the file name, separators included.
    sent.save(os.path.join(app.config["UPLOAD_FOLDER"], sent.filename))  # expect: path-traversal
    return {"stored": True}
