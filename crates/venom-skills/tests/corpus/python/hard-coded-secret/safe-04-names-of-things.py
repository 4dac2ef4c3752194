PASSWORD_FIELD = "password"
TOKEN_URL = "https://auth.example.org/oauth/token"
API_KEY_HEADER = "X-API-Key"
SECRET_NAME = "prod/billing/database"
PASSWORD_RESET_TEMPLATE = "accounts/password_reset.html"
TOKEN_TYPE = "bearer"
CSRF_COOKIE_NAME = "csrftoken"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
