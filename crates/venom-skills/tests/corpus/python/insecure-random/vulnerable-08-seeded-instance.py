import random
import time

generator = random.Random(time.time())


def reset_link(user_id):
    nonce = generator.randint(0, 10**12)  # expect: insecure-random
    return f"https://www.example.org/reset/{user_id}/{nonce}"
