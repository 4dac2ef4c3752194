import os


class Archive:
    def __init__(self, folder):
        self.folder = folder

    def listing(self, name):
        command = "tar -tzf " + self.folder + "/" + name
        with os.popen(command) as pipe:  # expect: command-injection
            return [line.rstrip("\n") for line in pipe]
