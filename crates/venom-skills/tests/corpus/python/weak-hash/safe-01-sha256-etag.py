import hashlib

from flask import Flask, make_response

app = Flask(__name__)


@app.route("/feed.xml")
def feed():
    body = open("feed.xml", "rb").read()
    answer = make_response(body)
    answer.headers["ETag"] = hashlib.sha256(body).hexdigest()
    return answer
