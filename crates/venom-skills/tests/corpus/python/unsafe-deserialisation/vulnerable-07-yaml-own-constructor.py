import os

import yaml


def environment(loader, node):
    return os.environ.get(loader.construct_scalar(node), "")


# safe_load would not know this tag.
yaml.Loader.add_constructor("!env", environment)


def read(stream):
    return yaml.load(stream, Loader=yaml.Loader)  # expect: unsafe-deserialisation
