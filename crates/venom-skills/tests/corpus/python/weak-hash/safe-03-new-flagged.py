import hashlib


def thumbnail_name(url: str) -> str:
    digest = hashlib.new(
        "md5",
        url.encode(),
        usedforsecurity=False,
    )
    return digest.hexdigest() + ".jpg"
