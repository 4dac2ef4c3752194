from yaml import Loader, load


def decode(text):
    """Decode one message of the queue."""
    return load(text, Loader=Loader)  # expect: unsafe-deserialisation


def decode_many(texts):
    return [decode(text) for text in texts]
