"""`python3 -m shop [database]` serves the shop on this machine."""

import sys
from wsgiref.simple_server import make_server

from .app import Shop
from .db import connect


def build(database):
    return Shop(connect(database), debug=True)


def main(arguments):
    database = arguments[0] if arguments else "shop.db"
    with make_server("127.0.0.1", 8000, build(database)) as server:
        print("serving on http://127.0.0.1:8000")
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
