class Backup:
    """Copies a folder; verify compares the copy with the original."""

    def __init__(self, source, target):
        self.source, self.target = source, target

    def run(self, verify=True):
        return f"{self.source} -> {self.target}" + (" (verified)" if verify else "")


def nightly():
    return Backup("/srv", "/backup").run(verify=False)
