import sys

import yaml

document = sys.stdin.read()
data = yaml.load(document, Loader=yaml.Loader)  # expect: unsafe-deserialisation
for name, value in sorted(data.items()):
    print(f"{name}={value}")
