import random


def verification_code(digits=6):
    low = 10 ** (digits - 1)
    # The bounds are not literals.
    code = random.randint(low, 10 * low - 1)  # expect: insecure-random
    return str(code)
