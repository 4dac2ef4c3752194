import hashlib
import random


def csrf_token(session):
    if "csrf" not in session:
        session["csrf"] = hashlib.sha256(str(random.random()).encode()).hexdigest()  # expect: insecure-random
    return session["csrf"]
