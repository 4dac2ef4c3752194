from flask import Flask

app = Flask(__name__)
app.debug = True  # expect: debug-mode


@app.route("/")
def index():
    return "ready"


if __name__ == "__main__":
    app.run(port=8000)
