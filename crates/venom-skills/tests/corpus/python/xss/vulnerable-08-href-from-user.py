from flask import Flask, request

app = Flask(__name__)


@app.route("/leave")
def leave():
    target = request.args.get("to", "/")
    return "<a href=\"" + target + "\">Continue to the other site</a>"  # expect: xss
