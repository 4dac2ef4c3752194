def validate(form):
    errors = {}
    password = form.get("password", "")
    if len(password) < 12:
        errors["password"] = "The password needs at least twelve characters"
    if password != form.get("repeat"):
        errors["password"] = "The two passwords differ"
    password_label = "Enter your password"
    token_help = "Paste the token from your profile page"
    return errors, {"password": password_label, "token": token_help}
