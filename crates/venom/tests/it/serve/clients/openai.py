# The official client of OpenAI against the server: whatever is not as it expects raises.
import sys

import openai

base, key = sys.argv[1:]
client = openai.OpenAI(base_url=base, api_key=key, max_retries=0, timeout=60)
ask = client.chat.completions.create
question = [{"role": "user", "content": "Is it ready?"}]
tool = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Reads a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
    },
}


def check(what, expected):
    assert what == expected, (what, expected)


# A whole answer, by name and chosen.
for model in ["home/smart", "auto", "auto:code"]:
    answer = ask(model=model, messages=question, temperature=0.3)
    check(answer.choices[0].message.content, "It is ready.")
    check(answer.choices[0].finish_reason, "stop")
    check(answer.model, "home/smart")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens

# Piece by piece.
pieces = list(ask(model="auto", messages=question, stream=True, stream_options={"include_usage": True}))
text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
check(text, "It is ready.")
check(pieces[-1].choices, [])
assert pieces[-1].usage.prompt_tokens > 0
check(len({piece.id for piece in pieces}), 1)

# Tools: whole, in pieces, and the way back.
answer = ask(model="auto", messages=question, tools=[tool], tool_choice="required")
message = answer.choices[0].message
check(answer.choices[0].finish_reason, "tool_calls")
check(message.tool_calls[0].function.name, "read_file")
pieces = list(ask(model="auto", messages=question, tools=[tool], stream=True))
calls = [call for piece in pieces if piece.choices for call in piece.choices[0].delta.tool_calls or []]
check([call.function.arguments for call in calls], ['{"path":"notes.txt"}'])
told = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "yes"}
answer = ask(model="auto", messages=[*question, message, told], tools=[tool])
check(answer.choices[0].message.content, "It is ready.")

# JSON that fits a schema.
schema = {"type": "object", "properties": {"colour": {"type": "string"}}}
kept = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
answer = ask(model="auto", messages=question, response_format=kept)
check(answer.choices[0].message.content, '{"colour": "blue"}')

# Models and vectors; the client asks for base64 by itself and decodes it.
ids = [model.id for model in client.models.list()]
check(ids, ["auto", "venom/embedded", "home/smart"])
check(client.models.retrieve("home/smart").owned_by, "home")
made = client.embeddings.create(model="venom/embedded", input=["fix the tests", "bake bread"])
check(len(made.data), 2)
plain = client.embeddings.create(model="venom/embedded", input="fix the tests", encoding_format="float")
assert max(abs(a - b) for a, b in zip(made.data[0].embedding, plain.data[0].embedding)) < 1e-6

# Failures are the client's own.
for wrong, failure in [
    ({"model": "home/none", "messages": question}, openai.NotFoundError),
    ({"model": "auto", "messages": []}, openai.BadRequestError),
    ({"model": "auto", "messages": question, "n": 2}, openai.BadRequestError),
]:
    try:
        ask(**wrong)
    except failure as error:
        assert error.code and error.type and error.request_id, vars(error)
    else:
        raise AssertionError(wrong)
try:
    openai.OpenAI(base_url=base, api_key="vnm_wrong", max_retries=0).models.list()
except openai.AuthenticationError as error:
    check(error.code, "invalid_api_key")
else:
    raise AssertionError("a wrong token was taken")
