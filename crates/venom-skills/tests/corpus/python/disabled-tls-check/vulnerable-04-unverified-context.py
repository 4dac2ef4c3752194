import json
import ssl
import urllib.request


def forecast(city):
    context = ssl._create_unverified_context()  # expect: disabled-tls-check
    url = "https://weather.example.org/v1/" + city
    with urllib.request.urlopen(url, context=context, timeout=10) as answer:
        return json.load(answer)
