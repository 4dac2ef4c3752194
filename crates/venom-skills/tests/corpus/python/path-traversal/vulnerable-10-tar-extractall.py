import tarfile
import tempfile

from flask import Flask, request

app = Flask(__name__)


@app.post("/import")
def import_bundle():
    folder = tempfile.mkdtemp(prefix="bundle-")
    with tarfile.open(fileobj=request.files["bundle"].stream, mode="r:gz") as archive:
        archive.extractall(folder)  # expect: path-traversal
    return {"folder": folder}
