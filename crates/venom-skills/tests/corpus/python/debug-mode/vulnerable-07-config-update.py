from flask import Flask

application = Flask(__name__)
application.config.update(DEBUG=True, PROPAGATE_EXCEPTIONS=False)  # expect: debug-mode


@application.route("/version")
def version():
    return {"version": "1.9.0"}
