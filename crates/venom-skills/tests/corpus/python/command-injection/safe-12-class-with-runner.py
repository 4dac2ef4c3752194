import subprocess
from dataclasses import dataclass, field


@dataclass
class Git:
    folder: str
    options: list[str] = field(default_factory=list)

    def _run(self, *arguments: str) -> str:
        command = ["git", *self.options, "-C", self.folder, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def show(self, revision: str, path: str) -> str:
        return self._run("show", f"{revision}:{path}")
