from flask import Flask, request

app = Flask(__name__)


@app.errorhandler(404)
def missing(error):
    return (  # expect: xss
        "<h1>Not found</h1>"
        f"<p>There is no page at {request.path}</p>"
    ), 404


@app.route("/")
def index():
    return "<p>ready</p>"
