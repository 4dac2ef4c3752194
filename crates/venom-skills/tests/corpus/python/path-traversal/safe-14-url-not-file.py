from urllib.parse import quote, urljoin

import requests

BASE = "https://api.example.org/v1/"


def fetch(name):
    address = urljoin(BASE, "files/" + quote(name, safe=""))
    answer = requests.get(address, timeout=10)
    answer.raise_for_status()
    return answer.json()


def tempting(name):
    return "open('../{}')".format(name)
