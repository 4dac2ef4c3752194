from flask import Flask, request

app = Flask(__name__)


@app.get("/table")
def table():
    cell = request.args.get("cell", "")
    width = request.args.get("width", "10")
    return f"<pre>{cell:>{width}}|</pre>"  # expect: xss
