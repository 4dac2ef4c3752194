import io
import os

from flask import Flask, request

app = Flask(__name__)
LOCALES = os.path.join(os.path.dirname(__file__), "locales")


@app.route("/messages")
def messages():
    language = request.cookies.get("lang", "en")
    filename = "{}/{}/messages.json".format(LOCALES, language)
    with io.open(filename, encoding="utf-8") as stream:  # expect: path-traversal
        return stream.read(), 200, {"Content-Type": "application/json"}
