import subprocess


def shout(text):
    # The script is constant; the text arrives as "$1" and is never parsed.
    script = 'printf "%s\\n" "$1" | tr a-z A-Z'
    return subprocess.check_output(["bash", "-c", script, "shout", text], text=True)
