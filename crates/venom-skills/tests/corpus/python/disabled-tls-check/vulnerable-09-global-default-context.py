import ssl
import xmlrpc.client

# Every https connection of this process is unchecked from here on.
ssl._create_default_https_context = ssl._create_unverified_context  # expect: disabled-tls-check


def versions(url):
    proxy = xmlrpc.client.ServerProxy(url)
    return proxy.list_versions()
