import ast
import csv
import io


def parse_setting(text: str):
    return ast.literal_eval(text)


def parse_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))
