import ssl
import urllib.request


def page(url):
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with urllib.request.urlopen(url, context=context, timeout=10) as answer:
        return answer.read()
