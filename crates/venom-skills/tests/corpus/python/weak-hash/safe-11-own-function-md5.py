import hashlib


def md5(path):
    """Kept under its old name for the callers; it is SHA-256 since version 3."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


print(md5("setup.cfg"))
