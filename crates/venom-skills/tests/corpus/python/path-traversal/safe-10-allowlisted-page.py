from flask import Flask, abort

app = Flask(__name__)
PAGES = ("about", "imprint", "contact")
LANGUAGES = {"en": "english.txt", "de": "german.txt"}


@app.route("/pages/<name>")
def page(name):
    if name not in PAGES:
        abort(404)
    with open(f"pages/{name}.html", encoding="utf-8") as handle:
        return handle.read()


@app.route("/licence/<language>")
def licence(language):
    with open("licences/" + LANGUAGES.get(language, "english.txt"), encoding="utf-8") as handle:
        return handle.read(), 200, {"Content-Type": "text/plain"}
