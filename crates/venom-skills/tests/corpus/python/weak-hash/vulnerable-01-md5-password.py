import hashlib


class Accounts:
    def __init__(self, db):
        self.db = db

    def register(self, login, password):
        digest = hashlib.md5(password.encode()).hexdigest()  # expect: weak-hash
        self.db[login] = digest

    def check(self, login, password):
        return self.db.get(login) == hashlib.md5(password.encode()).hexdigest()  # expect: weak-hash
