import random
import string


def generate_password(length=16):
    characters = list(string.ascii_letters + string.digits + string.punctuation)
    random.shuffle(characters)  # expect: insecure-random
    password = "".join(characters[:length])
    return password
