from subprocess import getoutput, getstatusoutput


def owner_of(path):
    return getoutput("stat -c %%U %s" % path)  # expect: command-injection


def convert(source, target):
    code, text = getstatusoutput("convert {} {}".format(source, target))  # expect: command-injection
    if code:
        raise RuntimeError(text)
