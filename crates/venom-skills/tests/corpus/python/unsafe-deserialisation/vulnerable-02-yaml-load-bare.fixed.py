import yaml


def read_config(path):
    with open(path, encoding="utf-8") as stream:
        return yaml.safe_load(stream)  # expect: unsafe-deserialisation


def names(path):
    return sorted(read_config(path))
