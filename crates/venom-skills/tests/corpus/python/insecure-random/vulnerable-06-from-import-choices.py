from random import choices
from string import ascii_uppercase, digits


def api_key(prefix: str) -> str:
    body = "".join(choices(ascii_uppercase + digits, k=40))  # expect: insecure-random
    return f"{prefix}_{body}"


def create(store, owner):
    store[owner] = api_key("live")
