from flask import Flask, request

app = Flask(__name__)


@app.route("/receipt")
def receipt():
    buyer = request.args.get("buyer", "")
    html = "<html><body>"
    html += f"<p>Thank you, {buyer}</p>"
    html += "</body></html>"
    return html  # expect: xss
