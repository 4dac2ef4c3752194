import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "schemas", "order.json")


def load_schema():
    with open(SCHEMA, encoding="utf-8") as handle:
        return json.load(handle)


def load_defaults():
    with open(os.path.join(HERE, "defaults.json")) as handle:
        return json.load(handle)
