from pathlib import Path

import yaml


class Playbook:
    def __init__(self, path: Path) -> None:
        self.steps = yaml.safe_load(  # expect: unsafe-deserialisation
            path.read_text(encoding="utf-8"),
        )

    def __iter__(self):
        return iter(self.steps or [])
