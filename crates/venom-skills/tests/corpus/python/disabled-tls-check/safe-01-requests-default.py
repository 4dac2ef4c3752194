import requests


def status(host):
    answer = requests.get(f"https://{host}/status", timeout=5)
    answer.raise_for_status()
    return answer.json()["state"]


def strict(host):
    return requests.get("https://" + host, verify=True, timeout=5).ok
