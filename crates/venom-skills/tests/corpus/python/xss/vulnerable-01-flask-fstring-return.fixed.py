from flask import Flask, request
import html

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
    return f"<h1>Hello, {html.escape(name)}</h1>"  # expect: xss
