from flask import Flask, request, send_from_directory

app = Flask(__name__)
UPLOADS = "/srv/uploads"


@app.route("/download")
def download():
    return send_from_directory(UPLOADS, request.args["name"], as_attachment=True)


@app.route("/files/<path:name>")
def files(name):
    return send_from_directory(directory=UPLOADS, path=name)
