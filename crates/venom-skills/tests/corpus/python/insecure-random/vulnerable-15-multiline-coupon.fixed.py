import random
import secrets

CHARSET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def access_token(groups=4):
    return "-".join(
        "".join(
            secrets.choice(CHARSET)  # expect: insecure-random
            for _ in range(5)
        )
        for _ in range(groups)
    )
