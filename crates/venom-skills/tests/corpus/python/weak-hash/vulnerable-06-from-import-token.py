import time
from hashlib import md5


def reset_token(email, secret_salt):
    """Token for the link in the password mail."""
    raw = "%s:%s:%d" % (email, secret_salt, int(time.time()) // 3600)
    return md5(raw.encode()).hexdigest()  # expect: weak-hash
