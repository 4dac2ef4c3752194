import hashlib


def tag(message: bytes, key: bytes) -> str:
    return hashlib.blake2b(message, key=key, digest_size=32).hexdigest()


def new_sha3(message: bytes) -> str:
    state = hashlib.new("sha3_256")
    state.update(message)
    return state.hexdigest()
