import sys

import yaml

document = sys.stdin.read()
data = yaml.safe_load(document)  # expect: unsafe-deserialisation
for name, value in sorted(data.items()):
    print(f"{name}={value}")
