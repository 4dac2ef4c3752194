import hashlib
import zlib


def blob(content: bytes) -> tuple[str, bytes]:
    """Name and stored form of a blob, the way git does it."""
    whole = b"blob %d\0" % len(content) + content
    return hashlib.sha1(whole).hexdigest(), zlib.compress(whole)  # expect: weak-hash
