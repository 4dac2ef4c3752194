import requests

API = "https://api.example.org/v2"
HEADERS = {"Authorization": "Bearer 4c1d7f0b92e84a3f8a6be05d7713c9f2e6", "Accept": "application/json"}  # expect: hard-coded-secret


def list_devices():
    answer = requests.get(f"{API}/devices", headers=HEADERS, timeout=10)
    answer.raise_for_status()
    return answer.json()
