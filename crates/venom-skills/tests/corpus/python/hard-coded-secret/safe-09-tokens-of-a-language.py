import re

TOKEN_PATTERN = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(.))")
TOKEN_EOF = "EOF"
TOKEN_NUMBER = "NUMBER"
keywords = {"token": "IDENT", "key": "name"}


def tokens(text):
    for number, name, other in TOKEN_PATTERN.findall(text):
        token = "NUMBER" if number else "IDENT" if name else "OP"
        yield token, number or name or other
