from decouple import Csv, config
from flask import Flask

DEBUG = config("DEBUG", default=False, cast=bool)
HOSTS = config("HOSTS", default="127.0.0.1", cast=Csv())

app = Flask(__name__)
app.config.update(DEBUG=DEBUG, PREFERRED_URL_SCHEME="https")

if __name__ == "__main__":
    app.run(host=HOSTS[0], debug=DEBUG)
