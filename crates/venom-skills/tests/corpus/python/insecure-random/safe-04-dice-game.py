import random


class Dice:
    def __init__(self, sides=6):
        self.sides = sides

    def roll(self, times=1):
        return [random.randint(1, self.sides) for _ in range(times)]


print(sum(Dice().roll(3)))
