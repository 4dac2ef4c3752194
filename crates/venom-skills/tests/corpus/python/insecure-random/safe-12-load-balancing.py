import random


class Pool:
    """Chooses one of the servers by weight."""

    def __init__(self, servers):
        self.servers = dict(servers)

    def pick(self):
        names, weights = zip(*self.servers.items())
        return random.choices(names, weights=weights)[0]


print(Pool({"a": 3, "b": 1}).pick())
