from flask import Flask, request

app = Flask(__name__)


@app.get("/widget")
def widget():
    theme = request.args.get("theme", "light")
    # Entity escaping does not protect a script block.
    return f"<div id='w'></div><script>start('{theme}');</script>"  # expect: xss
