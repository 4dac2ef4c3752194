import random


def send_code(sms, phone):
    otp = random.randint(100000, 999999)  # expect: insecure-random
    sms.send(phone, f"Your login code is {otp}")
    return otp
