import numpy as np


def encryption_key(length: int = 32) -> bytes:
    """Key for the archive cipher."""
    return bytes(np.random.randint(0, 256, size=length, dtype=np.uint8))  # expect: insecure-random


def initialisation_vector() -> bytes:
    iv = np.random.bytes(16)  # expect: insecure-random
    return iv
