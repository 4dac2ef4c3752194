"""How a password is stored: `salt$digest`, the format of the shop we migrated from."""

import hashlib
import hmac
import os

MIN_LENGTH = 8


def acceptable(password):
    return len(password) >= MIN_LENGTH and not password.isspace()


def hash_password(password):
    salt = os.urandom(8).hex()
    return f"{salt}${_digest(salt, password)}"


def verify(password, stored):
    salt, _, expected = stored.partition("$")
    return hmac.compare_digest(_digest(salt, password), expected)


def _digest(salt, password):
    return hashlib.sha1((salt + password).encode()).hexdigest()
