class Planet:
    """A game object; its system is a solar one."""

    def __init__(self, name):
        self.name = name

    def system(self, label):
        return f"{self.name} belongs to {label}"

    def run(self, order, shell=False):
        return f"{self.name} follows {order}" if not shell else f"the shell of {self.name} cracks"


def describe(name, star):
    planet = Planet(name)
    planet.run("orbit", shell=True)
    return planet.system("the system of " + star)
