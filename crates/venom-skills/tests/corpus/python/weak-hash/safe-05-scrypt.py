import base64
import os
from hashlib import scrypt


def protect(password: str) -> str:
    salt = os.urandom(16)
    digest = scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    return base64.b64encode(salt + digest).decode()
