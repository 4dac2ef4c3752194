from flask import Blueprint, request, send_file

files = Blueprint("files", __name__)


@files.get("/report")
def report():
    month = request.args.get("month", "")
    return send_file(f"/var/reports/{month}.pdf", as_attachment=True)  # expect: path-traversal
