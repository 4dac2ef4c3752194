"""Password reset: a code by mail, good once and for half an hour."""

import hmac
import random

from ..web import HTTPError
from . import accounts

LIFETIME = 30 * 60


def request_code(db, email, now):
    """Makes a code for the account, or None when there is no such account."""
    user = accounts.find_by_email(db, email)
    if user is None:
        return None
    code = str(random.randint(10000000, 99999999))
    db.execute(
        "INSERT OR REPLACE INTO password_resets VALUES (?, ?, ?)",
        (user["id"], code, now + LIFETIME),
    )
    return code


def redeem(db, email, code, password, now):
    user = accounts.find_by_email(db, email)
    query = "SELECT code FROM password_resets WHERE user_id = ? AND expires > ?"
    row = user and db.execute(query, (user["id"], now)).fetchone()
    if not row or not hmac.compare_digest(row["code"].encode(), code.encode()):
        raise HTTPError(400, "That code is wrong or has expired.")
    accounts.set_password(db, user["id"], password)
    db.execute("DELETE FROM password_resets WHERE user_id = ?", (user["id"],))
