import datetime as dt

import jwt


def make_token(user):
    now = dt.datetime.now(dt.timezone.utc)
    claims = {"sub": user.name, "exp": now + dt.timedelta(hours=1)}
    return jwt.encode(claims, "T8m2-violin-Quartz-0051", algorithm="HS256")  # expect: hard-coded-secret
