"""Asks a small model for calls of tools, and judges them with the checker of the Berkeley Function-Calling Leaderboard.

usage: bfcl.py PROGRAM DATA URL [ITEMS]

PROGRAM is the example `bfcl` of venom-models, DATA the folder in which pip has put the package bfcl-eval, URL the
address of a server that speaks OpenAI's dialect and serves the model `smol`. The items are spread evenly over three
kinds of questions and are the same each time. A table in Markdown is printed.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import types

MODEL = "smol"
# Kind of question, and which share of the items it has.
KINDS = {"simple_python": 0.5, "multiple": 0.25, "live_simple": 0.25}
# What the data call types, in the words of JSON Schema.
TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
# What is judged: its name, the way of asking, and whether the program's own reading of calls counts.
JUDGED = [
    ("usual description, read strictly", "usual", False),
    ("VENOM's description, read strictly", "venom", False),
    ("VENOM's description, read and repaired", "venom", True),
    ("the server's own interface for tools", "server", True),
]


def checker(data: pathlib.Path):
    """Loads the leaderboard's checker without the clients of all providers, which it only asks for names."""
    sys.path.insert(0, str(data))
    config = types.ModuleType("bfcl_eval.constants.model_config")
    underscores = types.SimpleNamespace(underscore_to_dot=True)
    config.MODEL_CONFIG_MAPPING = collections.defaultdict(lambda: underscores)
    sys.modules[config.__name__] = config
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    def judge(item: dict, calls: list[dict]) -> bool:
        output = [{call["name"]: call["arguments"]} for call in calls]
        try:
            verdict = ast_checker(item["function"], output, item["truth"], Language.PYTHON, item["kind"], MODEL)
        except (KeyError, TypeError, AttributeError):
            # The checker stumbles over arguments that are no objects.
            return False
        return verdict["valid"]

    return judge


def items(data: pathlib.Path, count: int) -> list[dict]:
    chosen = []
    for kind, share in KINDS.items():
        name = f"BFCL_v4_{kind}.json"
        folder = data / "bfcl_eval" / "data"
        questions = [json.loads(line) for line in (folder / name).read_text().splitlines()]
        truths = {}
        for line in (folder / "possible_answer" / name).read_text().splitlines():
            truth = json.loads(line)
            truths[truth["id"]] = truth["ground_truth"]
        wanted = round(count * share)
        for number in range(wanted):
            item = questions[number * len(questions) // wanted]
            chosen.append({**item, "kind": kind, "truth": truths[item["id"]]})
    return chosen


def schema(value):
    """Turns the data's description of parameters into JSON Schema."""
    if isinstance(value, dict):
        turned = {name: schema(member) for name, member in value.items()}
        if isinstance(turned.get("type"), str):
            turned["type"] = TYPES.get(turned["type"], turned["type"])
        return turned
    if isinstance(value, list):
        return [schema(member) for member in value]
    return value


def question(item: dict) -> dict:
    tools = [
        {
            "name": tool["name"].replace(".", "_"),
            "description": tool["description"],
            "parameters": schema(tool["parameters"]),
        }
        for tool in item["function"]
    ]
    text = "\n".join(message["content"] for message in item["question"][0])
    return {"id": item["id"], "text": text, "tools": tools}


def strict(text: str) -> list[dict]:
    """Reads calls as any client does: JSON between the tags, or JSON and nothing else."""
    found = re.findall(r"<tool_call>(.*?)</tool_call>", text, re.DOTALL) or [text]
    calls = []
    for piece in found:
        try:
            value = json.loads(piece)
        except ValueError:
            return []
        for call in value if isinstance(value, list) else [value]:
            if not isinstance(call, dict) or not isinstance(call.get("arguments"), dict) or "name" not in call:
                return []
            calls.append({"name": call["name"], "arguments": call["arguments"]})
    return calls


def main() -> None:
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    program, data, url = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    count = int(sys.argv[4]) if len(sys.argv) == 5 else 100
    if not 4 <= count <= 100:
        sys.exit("between 4 and 100 items can be asked")
    if not (data / "bfcl_eval" / "data").is_dir():
        sys.exit(f"{data} holds no package bfcl_eval: pip install --no-deps --target DIR bfcl-eval==2026.3.23")
    judge = checker(data)
    chosen = {item["id"]: item for item in items(data, count)}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([question(item) for item in chosen.values()], file)
        file.flush()
        said = subprocess.run([program, file.name, url, MODEL], check=True, stdout=subprocess.PIPE, text=True)
    answers = collections.defaultdict(dict)
    for line in said.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["way"]][answer["id"]] = answer["answer"]
    kinds = collections.Counter(item["kind"] for item in chosen.values())
    print("| way | " + " | ".join(f"{kind} ({count})" for kind, count in kinds.items()) + " | all | some call |")
    print("|---|" + "---:|" * (len(kinds) + 2))
    for name, way, is_read in JUDGED:
        right, called = collections.Counter(), 0
        for id, answer in answers[way].items():
            calls = answer["calls"] if is_read else strict(answer["text"])
            called += bool(calls)
            right[chosen[id]["kind"]] += judge(chosen[id], calls)
        cells = [str(right[kind]) for kind in kinds]
        print(f"| {name} | " + " | ".join(cells) + f" | {sum(right.values())} of {len(chosen)} | {called} |")
    print()
    for way, all in answers.items():
        failed = sum("failed" in answer for answer in all.values())
        read = sum(answer["read"] for answer in all.values()) / len(all)
        produced = sum(answer["produced"] for answer in all.values()) / len(all)
        seconds = sum(answer["seconds"] for answer in all.values())
        print(f"- {way}: {read:.0f} tokens read and {produced:.0f} produced in the mean, {seconds:.0f} s, {failed} failed")


main()
