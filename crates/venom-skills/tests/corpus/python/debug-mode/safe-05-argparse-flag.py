import argparse

from flask import Flask

app = Flask(__name__)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--debug", action="store_true", help="run with the debugger")
    options = parser.parse_args()
    app.run(port=5000, debug=options.debug)


if __name__ == "__main__":
    main()
