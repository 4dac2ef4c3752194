class Game:
    """A small text game; debug prints the map."""

    def __init__(self, size):
        self.size = size
        self.debug = False

    def run(self, debug=False):
        self.debug = debug
        return ["#" * self.size] if debug else []


game = Game(8)
game.debug = True
print(game.run(debug=True))
