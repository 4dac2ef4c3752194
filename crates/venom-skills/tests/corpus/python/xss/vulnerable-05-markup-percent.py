import html

from flask import flash, redirect, request, url_for
from markupsafe import Markup


def announce():
    """Flash a message; the template shows it as it is."""
    title = request.form["title"].strip()
    flash(Markup("Saved <em>%s</em>" % title))  # expect: xss
    return redirect(url_for("index"))


def entities(text: str) -> str:
    return html.unescape(text)
