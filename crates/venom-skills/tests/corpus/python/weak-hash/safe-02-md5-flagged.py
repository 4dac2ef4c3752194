import hashlib


def cache_key(*parts: object) -> str:
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest()


def bucket(name: str, buckets: int = 16) -> int:
    return hashlib.sha1(name.encode(), usedforsecurity=False).digest()[0] % buckets
