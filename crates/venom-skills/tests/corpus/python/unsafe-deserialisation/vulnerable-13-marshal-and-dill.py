import marshal

import dill


def load_rule(blob: bytes):
    """Load a compiled rule that was sent by another host."""
    return marshal.loads(blob)  # expect: unsafe-deserialisation


def load_closure(path):
    with open(path, "rb") as stream:
        return dill.load(stream)  # expect: unsafe-deserialisation
