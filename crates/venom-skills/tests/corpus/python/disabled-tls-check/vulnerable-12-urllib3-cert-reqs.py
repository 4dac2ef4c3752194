import urllib3

urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
http = urllib3.PoolManager(num_pools=4, cert_reqs="CERT_NONE")  # expect: disabled-tls-check


def head(url):
    return http.request("HEAD", url, retries=False).status
