"""Drives the example `datalog` under the suite of the Python package `datalog-conformance`.

    python -m venv VENV && VENV/bin/pip install datalog-conformance==0.1.0
    cargo build -p venom-datalog --example datalog
    VENV/bin/python crates/venom-datalog/examples/conformance.py target/debug/examples/datalog

The suite's rules are written in several dialects. In Souffle's, names with a small letter are
variables; they are written with a capital here. Facts of the suite are texts and integers.

The suite contradicts itself about a variable that occurs in one negation only: cases from Nemo take
it for "any value", another case demands that it is refused, as this engine does. Each of them is
expected to fail in one reading, and only there: with `--nemo` such a negation becomes a predicate of
its own. Ends with a failure if anything else fails.
"""

import json
import re
import subprocess
import sys

import yaml
from datalog_conformance import plugin, runner, schema

TOKEN = re.compile(r'"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|:-|[<>!]=|\S|\s+')
class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def translate(number, rule, is_nemo):
    """One rule of the suite in the syntax of this engine."""
    tokens = [token for token in TOKEN.findall(rule) if not token.isspace()]
    made, depth = [], 0
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        depth += {"(": 1, ")": -1}.get(token, 0)
        is_name = re.fullmatch(r"[A-Za-z_]\w*", token) is not None
        if is_name and token not in ("_", "not") and (following != "(" or depth > 0):
            token = "V_" + token
        made.append(token)
    if made and made[-1] == ".":
        made.pop()
    text = " ".join(made)
    helpers = []
    if is_nemo:
        # `not p(X, P)` with P in no other place becomes `not h(X)` with `h(X) :- p(X, P)`.
        def replace(match):
            atom = match.group(1)
            rest = text.replace(match.group(0), "", 1)
            names = sorted(set(re.findall(r"V_\w+", atom)))
            bound = [name for name in names if re.search(rf"\b{name}\b", rest)]
            if bound == names:
                return match.group(0)
            helper = f"helper_{number}_{len(helpers)}({', '.join(bound)})"
            helpers.append(f"{helper} :- {atom}.")
            return f"not {helper}"

        text = re.sub(r"not (\w+ \([^)]*\))", replace, text)
    return "\n".join([f"{text}.", *helpers])


class Evaluator:
    def __init__(self, binary, is_nemo):
        self.is_nemo = is_nemo
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.known = {}

    def evaluate(self, program):
        rules = "\n".join(translate(number, rule, self.is_nemo) for number, rule in enumerate(program.rules))
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


def is_contradicted(path, is_nemo):
    """Whether a case belongs to the other reading."""
    return path.name == ("review_v2_unsafe_negation.yaml" if is_nemo else "nemo_negation.yaml")


def main():
    binary, is_nemo = sys.argv[1], "--nemo" in sys.argv
    # The reader in C of the same library: the suite has megabytes of cases.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    suite = runner.YamlTestRunner(Evaluator(binary, is_nemo))
    passed, expected, failed = 0, 0, []
    for path in sorted(plugin.get_tests_dir().rglob("*.yaml")):
        if "defeasible" in path.parts:
            continue
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        for entry in raw.get("tests", [raw]):
            case = schema.TestCase.from_dict({"source": raw.get("source", ""), **entry})
            case.expect_error = ALIASES.get(case.expect_error, case.expect_error)
            try:
                suite.run_test_case(case)
                passed += 1
            except Exception as error:
                if is_contradicted(path, is_nemo):
                    expected += 1
                else:
                    failed.append(f"{path.name}: {case.name}: {str(error)[:300]}")
    total = passed + expected + len(failed)
    print(f"{passed} of {total} cases pass, {expected} belong to the other reading, {len(failed)} fail")
    for line in failed:
        print(line)
    return 1 if failed else 0


sys.exit(main())
