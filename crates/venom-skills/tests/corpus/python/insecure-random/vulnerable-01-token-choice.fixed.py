import random
import string
import secrets

ALPHABET = string.ascii_letters + string.digits


def new_token(length=32):
    """Token for the link in the confirmation mail."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))  # expect: insecure-random
