import hashlib

from flask import Flask, make_response, request

app = Flask(__name__)


@app.route("/feed.xml")
def feed():
    body = open("feed.xml", "rb").read()
    etag = hashlib.md5(body).hexdigest()  # expect: weak-hash
    if request.headers.get("If-None-Match") == etag:
        return "", 304
    answer = make_response(body)
    answer.headers["ETag"] = etag
    return answer
