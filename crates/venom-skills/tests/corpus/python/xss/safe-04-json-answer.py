from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/echo")
def echo():
    text = request.args.get("text", "")
    return jsonify({"html": f"<b>{text}</b>", "length": len(text)})
