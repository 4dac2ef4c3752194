from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/ping", view_func=lambda: "pong")
    return app


if __name__ == "__main__":
    app = create_app()
    app.run(  # expect: debug-mode
        "127.0.0.1",
        8080,
        debug=False,
    )
