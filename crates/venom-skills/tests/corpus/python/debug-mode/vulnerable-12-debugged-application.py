from flask import Flask
from werkzeug.debug import DebuggedApplication

app = Flask(__name__)
# Anybody who reaches the console of this wrapper runs code on the machine.
app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=True)  # expect: debug-mode


@app.route("/")
def index():
    return "ready"
