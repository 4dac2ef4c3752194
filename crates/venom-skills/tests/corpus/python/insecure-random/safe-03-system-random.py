import random
import string

generator = random.SystemRandom()


def password(length=16):
    alphabet = string.ascii_letters + string.digits
    return "".join(generator.choice(alphabet) for _ in range(length))


def pin():
    return random.SystemRandom().randint(1000, 9999)
