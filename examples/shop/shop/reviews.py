"""What customers say about a product."""

from html import escape

from . import pages
from .auth import sessions
from .web import HTTPError, Routes, redirect

routes = Routes()


def section(request, product_id):
    rows = request.db.execute(
        "SELECT body, display_name FROM reviews JOIN users ON users.id = user_id"
        " WHERE product_id = ? ORDER BY written DESC, reviews.id DESC",
        (product_id,),
    ).fetchall()
    quotes = "".join(
        f"<blockquote>{row['body']}<footer>{escape(row['display_name'])}</footer></blockquote>"
        for row in rows
    )
    if request.user:
        field = '<textarea name="body"></textarea>'
        quotes += pages.form(request, f"/products/{product_id}/reviews", "Post review", field)
    return f"<h2>{len(rows)} reviews</h2>{quotes}"


@routes.on("POST", "/products/([0-9]+)/reviews")
def post(request, product_id):
    user = sessions.require_user(request)
    body = request.form.get("body", "").strip()
    if not body:
        raise HTTPError(400, "A review needs some words.")
    request.db.execute(
        "INSERT INTO reviews (product_id, user_id, body, written) VALUES (?, ?, ?, ?)",
        (product_id, user["id"], body, request.now),
    )
    return redirect(f"/products/{product_id}")
