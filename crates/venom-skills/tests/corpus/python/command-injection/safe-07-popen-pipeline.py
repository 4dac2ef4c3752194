from subprocess import PIPE, Popen


def count_matches(word, path):
    first = Popen(["cat", "--", path], stdout=PIPE)
    second = Popen(["grep", "-c", "-e", word], stdin=first.stdout, stdout=PIPE)
    first.stdout.close()
    out, _ = second.communicate()
    return int(out or 0)
