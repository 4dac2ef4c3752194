import os

API_TOKEN = os.environ["API_TOKEN"]
PASSWORD = os.getenv("DB_PASSWORD")
SECRET_KEY = os.environ.get("SECRET_KEY", "")


def headers():
    return {"Authorization": f"Bearer {API_TOKEN}"}
