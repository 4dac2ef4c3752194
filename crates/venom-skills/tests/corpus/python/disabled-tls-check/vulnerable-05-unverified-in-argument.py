import ssl
from urllib.request import Request, urlopen


class Mirror:
    def __init__(self, base):
        self.base = base

    def get(self, name):
        request = Request(self.base + name, headers={"User-Agent": "mirror/1"})
        return urlopen(request, timeout=30, context=ssl._create_unverified_context()).read()  # expect: disabled-tls-check
