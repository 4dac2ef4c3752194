import hashlib
import hmac


def signature(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def is_valid(key: bytes, body: bytes, given: str) -> bool:
    return hmac.compare_digest(signature(key, body), given)
