from flask import Flask, Response, request

app = Flask(__name__)


def tile(label):
    return "<div class='tile'>" + str(label) + "</div>"


@app.route("/tiles")
def tiles():
    label = request.cookies.get("label")
    return Response(tile(label), mimetype="text/html")  # expect: xss
