import yaml


def read_config(path):
    with open(path, encoding="utf-8") as stream:
        return yaml.safe_load(stream) or {}


def read_many(text):
    return list(yaml.safe_load_all(text))
