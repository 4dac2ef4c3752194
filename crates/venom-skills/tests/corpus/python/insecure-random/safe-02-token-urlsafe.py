from secrets import token_hex, token_urlsafe


def reset_link(user_id):
    return f"https://www.example.org/reset/{user_id}/{token_urlsafe(32)}"


def csrf_token(session):
    return session.setdefault("csrf", token_hex(32))
