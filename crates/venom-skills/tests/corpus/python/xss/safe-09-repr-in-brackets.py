from dataclasses import dataclass


@dataclass(repr=False)
class User:
    name: str
    email: str

    def __repr__(self) -> str:
        return f"<User {self.name}>"

    def address(self) -> str:
        return f"{self.name} <{self.email}>"
