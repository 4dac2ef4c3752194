import random
import string

ALPHABET = string.ascii_letters + string.digits


def new_token(length=32):
    """Token for the link in the confirmation mail."""
    return "".join(random.choice(ALPHABET) for _ in range(length))  # expect: insecure-random
