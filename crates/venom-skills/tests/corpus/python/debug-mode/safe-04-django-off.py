"""Settings of the production site; DEBUG = True belongs to local.py."""
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
TEMPLATE_DEBUG = DEBUG
ALLOWED_HOSTS = ["www.example.org"]
WSGI_APPLICATION = "site.wsgi.application"
