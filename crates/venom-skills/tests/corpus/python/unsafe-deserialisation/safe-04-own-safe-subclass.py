import yaml


class ConfigLoader(yaml.SafeLoader):
    """SafeLoader that knows one tag more."""


def seconds(loader, node):
    return int(loader.construct_scalar(node)) * 60


ConfigLoader.add_constructor("!minutes", seconds)


def read(stream):
    return yaml.load(stream, Loader=ConfigLoader)
