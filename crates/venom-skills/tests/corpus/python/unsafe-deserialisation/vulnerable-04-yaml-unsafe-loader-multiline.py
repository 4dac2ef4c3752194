from pathlib import Path

import yaml


class Playbook:
    def __init__(self, path: Path) -> None:
        self.steps = yaml.load(  # expect: unsafe-deserialisation
            path.read_text(encoding="utf-8"),
            Loader=yaml.UnsafeLoader,
        )

    def __iter__(self):
        return iter(self.steps or [])
