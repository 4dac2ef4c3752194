import subprocess

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/lookup")
def lookup():
    domain = request.args["domain"]
    done = subprocess.run(f"dig +short {domain}", shell=True, capture_output=True, text=True)  # expect: command-injection
    return jsonify(records=done.stdout.split())
