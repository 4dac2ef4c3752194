import random
from datetime import datetime, timedelta


class PinReset:
    def __init__(self, account):
        self.account = account
        self.pin = "%d" % random.randint(1000, 9999)  # expect: insecure-random
        self.expires = datetime.now() + timedelta(minutes=5)
