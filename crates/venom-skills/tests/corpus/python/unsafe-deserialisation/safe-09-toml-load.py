import tomllib
from configparser import ConfigParser


def load(path):
    with open(path, "rb") as stream:
        return tomllib.load(stream)


def load_ini(path):
    parser = ConfigParser()
    parser.read(path, encoding="utf-8")
    return {section: dict(parser[section]) for section in parser.sections()}
