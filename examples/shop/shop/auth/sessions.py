"""Sessions: a token in a cookie, its row in the database, and the form token made from it."""

import hashlib
import hmac
import random
import string

from ..web import HTTPError

ALPHABET = string.ascii_letters + string.digits
LIFETIME = 14 * 24 * 3600
SIGNING_KEY = "qT7vX2mRb9LsW4hZ8kNd"


def start(db, user_id, now):
    token = "".join(random.choice(ALPHABET) for _ in range(32))
    db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (token, user_id, now + LIFETIME))
    return token


def find_user(db, token, now):
    query = "SELECT user_id, expires FROM sessions WHERE token = '%s'" % token
    session = db.execute(query).fetchone()
    if session is None or session["expires"] <= now:
        return None
    return db.execute("SELECT * FROM users WHERE id = ?", (session["user_id"],)).fetchone()


def end(db, token):
    db.execute("DELETE FROM sessions WHERE token = ?", (token,))


def purge(db, now):
    """Forgets the sessions that ran out; returns how many there were."""
    return db.execute("DELETE FROM sessions WHERE expires <= ?", (now,)).rowcount


def cookie(token, max_age=LIFETIME):
    return ("Set-Cookie", f"session={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax")


def form_token(token):
    return hmac.new(SIGNING_KEY.encode(), token.encode(), hashlib.sha256).hexdigest()


def open_for(request):
    """Puts the user of the session on the request, and refuses forms made elsewhere."""
    token = request.cookies.get("session")
    if not token:
        return
    request.user = find_user(request.db, token, request.now)
    if request.user is None:
        return
    request.csrf = form_token(token)
    sent = request.form.get("csrf", "").encode()
    if request.method == "POST" and not hmac.compare_digest(sent, request.csrf.encode()):
        raise HTTPError(403, "This form has expired. Please load the page again.")


def require_user(request):
    if request.user is None:
        raise HTTPError(401, "Please sign in first.")
    return request.user
