from lark import Lark

GRAMMAR = """
    start: WORD ("," WORD)*
    %import common.WORD
    %ignore " "
"""


def tree(text):
    parser = Lark(GRAMMAR, parser="lalr", debug=True)
    return parser.parse(text).pretty()
