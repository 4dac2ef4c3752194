import os

from flask import Flask

os.environ["FLASK_DEBUG"] = "1"  # expect: debug-mode
app = Flask(__name__)


@app.route("/")
def index():
    return "ready"
