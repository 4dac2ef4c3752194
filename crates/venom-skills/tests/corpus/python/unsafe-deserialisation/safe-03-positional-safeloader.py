import yaml
from yaml import SafeLoader


def decode(text):
    return yaml.load(text, SafeLoader)


def decode_multiline(path):
    with open(path) as stream:
        return yaml.load(
            stream,
            Loader=SafeLoader,
        )
