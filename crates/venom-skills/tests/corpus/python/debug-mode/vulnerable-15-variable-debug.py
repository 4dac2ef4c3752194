from flask import Flask

HOST = "0.0.0.0"
DEBUG_MODE = True

app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "ready")

if __name__ == "__main__":
    app.run(HOST, 5000, debug=DEBUG_MODE)  # expect: debug-mode
