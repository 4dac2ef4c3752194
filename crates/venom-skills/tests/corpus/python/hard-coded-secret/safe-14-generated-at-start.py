import secrets

from flask import Flask

app = Flask(__name__)
app.secret_key = secrets.token_hex(32)
app.config["WTF_CSRF_SECRET_KEY"] = secrets.token_urlsafe(32)


def new_password(length=20):
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    password = "".join(secrets.choice(alphabet) for _ in range(length))
    return password
