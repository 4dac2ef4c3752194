import hashlib
import random


def hash_password(password: str) -> bytes:
    salt = random.randbytes(16)  # expect: insecure-random
    return salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)
