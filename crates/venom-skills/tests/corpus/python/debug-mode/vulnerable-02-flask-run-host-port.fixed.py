import os

from flask import Flask, jsonify

api = Flask("orders")


@api.get("/orders")
def orders():
    return jsonify([])


def main():
    api.run(host="0.0.0.0", port=int(os.environ.get("PORT", "5000")), debug=False, threaded=True)  # expect: debug-mode


main()
