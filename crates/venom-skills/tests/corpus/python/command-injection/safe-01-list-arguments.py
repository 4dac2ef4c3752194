import subprocess

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/lookup")
def lookup():
    domain = request.args["domain"]
    done = subprocess.run(["dig", "+short", "--", domain], capture_output=True, text=True)
    return jsonify(records=done.stdout.split())
