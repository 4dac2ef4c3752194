from random import choice

from flask import Flask

app = Flask(__name__)
QUOTES = ("Well begun is half done.", "Measure twice, cut once.", "Haste makes waste.")


@app.route("/quote")
def quote():
    return choice(QUOTES)
