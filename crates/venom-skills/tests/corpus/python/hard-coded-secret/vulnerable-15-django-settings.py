"""Settings of the production site."""
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY: str = "u3!x9$k@w0q^7b=zc2m&f5v8r1t*y6n4(a)d-e+h_jp#l%gs"  # expect: hard-coded-secret
DEBUG = False
ALLOWED_HOSTS = ["www.example.org"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
STATIC_ROOT = BASE_DIR / "static"
