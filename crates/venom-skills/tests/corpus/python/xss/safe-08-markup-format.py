from flask import flash, request
from markupsafe import Markup


def announce():
    title = request.form["title"]
    # Markup escapes what is formatted into it.
    flash(Markup("Saved <em>%s</em>") % title)
    flash(Markup("Open <strong>{}</strong> again").format(title))
