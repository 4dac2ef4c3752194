"""Drives the example `datalog` under the suite of the Python package `datalog-conformance`.

    python -m venv VENV && VENV/bin/pip install datalog-conformance==0.1.0
    cargo build -p venom-datalog --example datalog
    VENV/bin/python crates/venom-datalog/examples/conformance.py target/debug/examples/datalog

The suite's rules are written in several dialects. In Souffle's, names with a small letter are
variables; they are written with a capital here. Facts of the suite are texts and integers, so names
that stand for constants are written as texts. Nemo lets a variable that occurs only below one
negation mean "any"; this engine asks for `_` there and refuses a variable, as another case of the
suite demands. With `--named-any` such variables are written as `_`.
"""

import json
import re
import subprocess
import sys

import yaml
from datalog_conformance import plugin, runner, schema

TOKEN = re.compile(r'"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|:-|\S|\s+')
KEYWORDS = {"not"}


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def translate(rule, named_any):
    """One rule of the suite in the syntax of this engine."""
    tokens = TOKEN.findall(rule)
    words = [token for token in tokens if not token.isspace()]
    made, place = [], 0
    negated, depth, occurrences = False, 0, {}
    for token in tokens:
        if token.isspace():
            made.append((token, False))
            continue
        following = words[place + 1] if place + 1 < len(words) else ""
        place += 1
        is_name = re.fullmatch(r"[A-Za-z_]\w*", token) is not None
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
            negated = negated and depth > 0
        if token in KEYWORDS:
            negated = True
        elif is_name and token != "_" and (following != "(" or depth > 0):
            token = "V_" + token
            token = token[0].upper() + token[1:]
            occurrences.setdefault(token, []).append(negated)
        made.append((token, negated))
    text = "".join(
        "_" if named_any and occurrences.get(token) == [True] else token for token, _ in made
    )
    return text.strip().rstrip(".") + "."


class Evaluator:
    def __init__(self, binary, named_any):
        self.named_any = named_any
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.known = {}

    def evaluate(self, program):
        rules = "\n".join(translate(rule, self.named_any) for rule in program.rules)
        request = json.dumps({"program": rules, "facts": program.facts})
        if request not in self.known:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            self.known = {request: json.loads(self.process.stdout.readline())}
        answer = self.known[request]
        if "error" in answer:
            raise Refused(answer["code"], answer["error"])
        return {name: [tuple(row) for row in rows] for name, rows in answer["facts"].items()}


# The suite names the same refusals after the engines that the cases were taken from.
ALIASES = {"safety_violations": "unbound_variable", "SafetyViolationError": "unbound_variable"}


def main():
    binary, named_any = sys.argv[1], "--named-any" in sys.argv
    # The reader in C of the same library; the suite has seven megabytes of cases.
    yaml.safe_load = lambda text: yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    suite = runner.YamlTestRunner(Evaluator(binary, named_any))
    passed, failed = 0, []
    for path in sorted(plugin.get_tests_dir().rglob("*.yaml")):
        if "defeasible" in path.parts:
            continue
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in raw.get("tests", [raw]):
            case = schema.TestCase.from_dict({"source": raw.get("source", ""), **entry})
            case.expect_error = ALIASES.get(case.expect_error, case.expect_error)
            try:
                suite.run_test_case(case)
                passed += 1
            except Exception as error:
                failed.append(f"{path.name}: {case.name}: {str(error)[:300]}")
    print(f"{passed} of {passed + len(failed)} cases pass")
    print("\n".join(failed))
    return 1 if failed else 0


sys.exit(main())
