import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_token(length=32):
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def one_time_code():
    return secrets.randbelow(900000) + 100000
