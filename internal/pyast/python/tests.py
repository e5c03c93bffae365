# Takes what a model gave as tests apart: one assert each, and why one is none.
import collections
import math
import textwrap

SYNTAX, NO_ASSERT, NO_CALL, NOT_CONSTANT, DUPLICATE = "syntax", "no_assert", "no_call", "not_constant", "duplicate"
# Builtins that reach out of the test, or are not the same in every process.
_UNFIT = {"open", "input", "exec", "eval", "compile", "globals", "locals", "vars", "breakpoint", "help", "exit", "quit",
          "copyright", "credits", "license", "id", "hash"}
ALLOWED = frozenset(n for n in BUILTINS if n[0] != "_" and n not in _UNFIT) | {"math"}
# Of the names that as many asserts call, one that is none of the library's is the function.
_LIBRARY = frozenset(dir(math)) | set(collections.__all__) | {"Decimal", "Fraction", "datetime", "date", "timedelta"}


def called(node):
    """The names that an expression calls, in the order in which they stand there."""
    found = {}
    stack = [node]
    while stack:
        n = stack.pop()
        if type(n) is ast.Call and type(n.func) is ast.Name:
            found[n.func.id] = True
        stack.extend(reversed(list(ast.iter_child_nodes(n))))
    return found


def entry_point(asserts):
    counts = {}
    for node in asserts:
        for name in called(node.test):
            if name not in BUILTINS:
                counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: (counts[name], name not in _LIBRARY), default="")


def fault(node, entry, known):
    if entry not in called(node.test):
        return NO_CALL
    if any(name != entry and name not in ALLOWED for name in used(Flat([node], False))):
        return NOT_CONSTANT
    key = tuple(names([ast.Expr(node.test)]))
    if key in known:
        return DUPLICATE
    known.add(key)
    return ""


def statements(data):
    """The statements of a text with the text of each, or None where it does not parse."""
    if data is None:
        return None
    try:
        tree = parse(data)
    except Refused as e:
        outdented = textwrap.dedent(data.decode("utf-8", "replace")).strip().encode()
        return statements(outdented) if "IndentationError" in e.args[0] and outdented != data else None
    places = Places(data)
    return [(n, places.text(n)) for n in tree.body]


def tests(entry, texts):
    """The function's name, and for each text its tests as (text, fault); a text of None is one that does not parse."""
    parsed = [statements(t) for t in texts]
    entry = entry or entry_point(n for found in parsed if found for n, _ in found if type(n) is ast.Assert)
    known, out = set(), []
    for data, found in zip(texts, parsed):
        if not found:
            text = data.decode("utf-8", "replace") if data else ""
            out.append([(text, SYNTAX if found is None else NO_ASSERT)])
            continue
        out.append([(text, fault(n, entry, known) if type(n) is ast.Assert else NO_ASSERT) for n, text in found])
    return entry, out
