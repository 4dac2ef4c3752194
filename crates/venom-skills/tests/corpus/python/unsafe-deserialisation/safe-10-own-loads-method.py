import json


class Message:
    """A message of the chat; loads() is JSON in spite of its name."""

    def __init__(self, sender, text):
        self.sender, self.text = sender, text

    @classmethod
    def loads(cls, data):
        fields = json.loads(data)
        return cls(fields["sender"], fields["text"])


def receive(data):
    return Message.loads(data)
