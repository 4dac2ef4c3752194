from flask import Flask

app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "ready")


def test_index():
    app.config["TESTING"] = True
    with app.test_client() as client:
        assert client.get("/").data == b"ready"
