from flask import Flask

app = Flask(__name__)
app.secret_key = "9f2c7e51a0d84b6c93e1f7a25d60b8c4"  # expect: hard-coded-secret


@app.route("/")
def index():
    return "ready"
