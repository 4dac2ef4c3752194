import random
from datetime import datetime, timedelta
import secrets


class PinReset:
    def __init__(self, account):
        self.account = account
        self.pin = "%d" % (secrets.randbelow(9000) + 1000)  # expect: insecure-random
        self.expires = datetime.now() + timedelta(minutes=5)
