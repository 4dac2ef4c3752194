import random


def rotate(secrets, names):
    """Give every name a fresh password and keep them in the given store."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    for name in names:
        secrets[name] = "".join(random.choice(alphabet) for _ in range(20))  # expect: insecure-random
    return secrets
