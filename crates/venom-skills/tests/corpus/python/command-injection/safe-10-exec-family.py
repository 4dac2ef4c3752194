import os
import sys


def main():
    editor = os.environ.get("EDITOR", "vi")
    target = sys.argv[1]
    os.execvp(editor, [editor, "--", target])


if __name__ == "__main__":
    main()
