import hashlib

HASHERS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


def password_digest(scheme, password, salt):
    factory = HASHERS.get(scheme)
    if factory is None:
        return hashlib.new(name="md5", data=salt + password).digest()  # expect: weak-hash
    return factory(salt + password).digest()
