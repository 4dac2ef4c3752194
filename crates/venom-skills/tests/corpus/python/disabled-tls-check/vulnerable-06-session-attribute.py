import requests


class Client:
    def __init__(self, base, token):
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.session.verify = False  # expect: disabled-tls-check

    def get(self, path):
        return self.session.get(self.base + path, timeout=10)
