import certifi
import urllib3

http = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=certifi.where())


def head(url):
    return http.request("HEAD", url, retries=False).status
