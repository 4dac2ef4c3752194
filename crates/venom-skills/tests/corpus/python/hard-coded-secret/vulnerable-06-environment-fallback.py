import os

import jwt

SIGNING_KEY = os.environ.get("SIGNING_KEY", "b61f0e7ad9c34425a8f1c07e3d925be6")  # expect: hard-coded-secret


def issue(user_id: int) -> str:
    return jwt.encode({"sub": str(user_id)}, SIGNING_KEY, algorithm="HS256")
