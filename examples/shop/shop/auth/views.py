"""The pages of the account area."""

import hashlib
import re
from html import escape

from .. import pages
from ..web import HTTPError, Response, Routes, redirect
from . import accounts, reset, sessions

routes = Routes()
PASSWORD_FIELD = '<label>Password <input name="password" type="password"></label>'


def local_target(target):
    """Only paths of this site may follow a login; browsers read `//` and `/\\` as other hosts."""
    if target.startswith("/") and target[1:2] not in ("/", "\\") and re.fullmatch("[!-~]+", target):
        return target
    return "/"


def login_page(request, email="", notice="", status=200):
    target = escape(request.query.get("next", "/"))
    fields = (
        f'<label>Email <input name="email" type="email" value="{email}"></label>'
        f'{PASSWORD_FIELD}<input type="hidden" name="next" value="{target}">'
    )
    body = f"<p>{notice}</p>" + pages.form(request, "/login", "Sign in", fields)
    return pages.page(request, "Sign in", body + '<a href="/reset">Forgot it?</a>', status)


@routes.on("GET", "/login")
def show_login(request):
    return login_page(request)


@routes.on("POST", "/login")
def log_in(request):
    email, password = request.form.get("email", ""), request.form.get("password", "")
    user = accounts.authenticate(request.db, email, password)
    if user is None:
        return login_page(request, email, "Wrong address or password.", 403)
    token = sessions.start(request.db, user["id"], request.now)
    return redirect(local_target(request.form.get("next", "/")), [sessions.cookie(token)])


@routes.on("POST", "/logout")
def log_out(request):
    sessions.require_user(request)
    sessions.end(request.db, request.cookies["session"])
    return redirect("/", [sessions.cookie("", max_age=0)])


@routes.on("GET", "/register")
def show_register(request):
    fields = f'<input name="email" type="email"><input name="name">{PASSWORD_FIELD}'
    return pages.page(request, "Register", pages.form(request, "/register", "Register", fields))


@routes.on("POST", "/register")
def register(request):
    email, name, password = (request.form.get(key, "") for key in ("email", "name", "password"))
    user_id = accounts.register(request.db, email, name, password, request.now)
    token = sessions.start(request.db, user_id, request.now)
    return redirect(f"/members/{user_id}", [sessions.cookie(token)])


@routes.on("GET", "/members")
def members(request):
    term = request.query.get("q", "").strip()
    found = accounts.search(request.db, term)
    if not found:
        return pages.page(request, "Members", f"<p>No member is called {term}.</p>")
    rows = "".join(
        f'<li><a href="/members/{row["id"]}">{escape(row["display_name"])}</a></li>' for row in found
    )
    return pages.page(request, "Members", f"<ul>{rows}</ul>")


@routes.on("GET", "/members/([0-9]+)")
def profile(request, member_id):
    member = accounts.find_public(request.db, member_id)
    if member is None:
        raise HTTPError(404, "There is no such member.")
    body = f"<p>{escape(member['about'])}</p>"
    if request.user and request.user["id"] == member["id"]:
        field = f'<textarea name="about">{escape(member["about"])}</textarea>'
        body += pages.form(request, "/profile", "Save", field)
    content = pages.render(request, member["display_name"], body)
    etag = '"' + hashlib.md5(content.encode()).hexdigest() + '"'
    if request.if_none_match == etag:
        return Response(status=304, headers=[("ETag", etag)])
    return Response(content, headers=[("ETag", etag), ("Cache-Control", "private, no-cache")])


@routes.on("POST", "/profile")
def save_profile(request):
    user = sessions.require_user(request)
    accounts.set_about(request.db, user["id"], request.form.get("about", "").strip())
    return redirect(f"/members/{user['id']}")


@routes.on("GET", "/reset")
def show_reset(request):
    ask = pages.form(request, "/reset", "Send a code", '<input name="email" type="email">')
    fields = f'<input name="email" type="email"><input name="code">{PASSWORD_FIELD}'
    answer = pages.form(request, "/reset/code", "Set password", fields)
    return pages.page(request, "Forgotten password", ask + answer)


@routes.on("POST", "/reset")
def send_code(request):
    email = request.form.get("email", "")
    code = reset.request_code(request.db, email, request.now)
    if code:
        request.shop.mailer(accounts.normalise(email), "Your reset code", f"The code is {code}.")
    # The answer is the same for unknown addresses, so that it tells nobody who is a customer.
    return pages.page(request, "Forgotten password", "<p>If we know you, a code is on its way.</p>")


@routes.on("POST", "/reset/code")
def use_code(request):
    email, code, password = (request.form.get(key, "") for key in ("email", "code", "password"))
    reset.redeem(request.db, email, code, password, request.now)
    return redirect("/login")
