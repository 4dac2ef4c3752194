from flask import Flask as Web

web = Web(__name__)


@web.before_request
def nothing():
    return None


if __name__ == "__main__":
    web.run(port=5001, use_reloader=False, debug = True)  # expect: debug-mode
