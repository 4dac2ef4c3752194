import random as rnd
import string

from django.contrib.auth.models import User


def reset_password(user: User) -> str:
    letters = string.ascii_letters + string.digits + "-_"
    password = ""
    for _ in range(14):
        password += rnd.choice(letters)  # expect: insecure-random
    user.set_password(password)
    user.save()
    return password
