import uuid

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def stable_id(url: str) -> str:
    """The same address gets the same identifier on every machine."""
    return str(uuid.uuid5(NAMESPACE, url))
