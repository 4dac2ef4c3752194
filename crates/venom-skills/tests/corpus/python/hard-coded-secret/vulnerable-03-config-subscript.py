from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config["SESSION_COOKIE_SECURE"] = True
    app.config["SECRET_KEY"] = "kX3v!pR8zQ1mT6wY"  # expect: hard-coded-secret
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    return app
