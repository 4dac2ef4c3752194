import sys

import yaml

document = sys.stdin.read()
data = yaml.load(document, Loader=yaml.SafeLoader)
parts = list(yaml.load_all(document, Loader=yaml.CSafeLoader))
print(len(data), len(parts))
