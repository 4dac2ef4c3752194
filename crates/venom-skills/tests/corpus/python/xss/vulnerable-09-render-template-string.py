from flask import Blueprint, render_template_string, request

profile = Blueprint("profile", __name__, url_prefix="/profile")


@profile.route("/preview", methods=["POST"])
def preview():
    bio = request.form.get("bio", "")
    # The text becomes the template itself, so it may also carry template code.
    return render_template_string("<section>" + bio + "</section>")  # expect: xss
