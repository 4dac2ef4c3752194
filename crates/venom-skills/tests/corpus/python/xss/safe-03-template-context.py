from flask import Blueprint, render_template, render_template_string, request

profile = Blueprint("profile", __name__)
PREVIEW = "<section>{{ bio }}</section>"


@profile.post("/preview")
def preview():
    bio = request.form.get("bio", "")
    if request.form.get("full"):
        return render_template("profile/full.html", bio=bio)
    return render_template_string(PREVIEW, bio=bio)
