from ruamel.yaml import YAML

yaml = YAML(typ="safe")


def read(path):
    with open(path, encoding="utf-8") as stream:
        return yaml.load(stream)


def roundtrip_free(text):
    return YAML(typ="safe", pure=True).load(text)
