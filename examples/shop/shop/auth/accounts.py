"""The users table."""

from ..web import HTTPError
from . import passwords

PUBLIC = "id, display_name, about, created"


def normalise(email):
    return email.strip().lower()


def register(db, email, display_name, password, now):
    email, display_name = normalise(email), display_name.strip()
    local, _, domain = email.partition("@")
    if not local or "." not in domain:
        raise HTTPError(400, "That does not look like an email address.")
    if not display_name:
        raise HTTPError(400, "Please choose a name.")
    if not passwords.acceptable(password):
        raise HTTPError(400, f"A password needs {passwords.MIN_LENGTH} characters.")
    if find_by_email(db, email):
        raise HTTPError(409, "That address is already registered.")
    return db.execute(
        "INSERT INTO users (email, display_name, password, created) VALUES (?, ?, ?, ?)",
        (email, display_name, passwords.hash_password(password), now),
    ).lastrowid


def find_by_email(db, email):
    return db.execute(f"SELECT * FROM users WHERE email = '{normalise(email)}'").fetchone()


def find_public(db, user_id):
    return db.execute("SELECT " + PUBLIC + " FROM users WHERE id = ?", (user_id,)).fetchone()


def search(db, term):
    """Members whose name contains the term, in any case."""
    matching = "display_name LIKE '%" + term + "%'"
    query = "SELECT id, display_name FROM users WHERE " + matching + " ORDER BY display_name"
    return db.execute(query).fetchall()


def authenticate(db, email, password):
    user = find_by_email(db, email)
    if user is None or not passwords.verify(password, user["password"]):
        return None
    return user


def set_password(db, user_id, password):
    """Changes the password and signs the user out everywhere."""
    if not passwords.acceptable(password):
        raise HTTPError(400, f"A password needs {passwords.MIN_LENGTH} characters.")
    stored = passwords.hash_password(password)
    db.execute("UPDATE users SET password = ? WHERE id = ?", (stored, user_id))
    db.execute("DELETE FROM sessions WHERE user_id = ?", (user_id,))


def set_about(db, user_id, about):
    db.execute("UPDATE users SET about = ? WHERE id = ?", (about[:2000], user_id))
