"""Says what Python's parser sees in programs, one JSON string a line on stdin; nothing is run.

A line of output is null for a program that does not parse, else [imports, names, digest]: the modules it imports,
the names it binds at column 0, and its tree without a leading docstring.
"""

import ast
import hashlib
import json
import sys
import warnings

warnings.simplefilter("ignore")


def called(node):
    func = node.func
    name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
    literal = node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    return node.args[0].value.split(".")[0] if literal and name in ("__import__", "import_module") else ""


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call):
            yield called(node)


def targets(node):
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for item in node.elts:
            yield from targets(item)
    elif isinstance(node, ast.Starred):
        yield from targets(node.value)


def names(tree):
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from targets(target)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from targets(node.target)


def digest(tree):
    body = tree.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    text = "\n".join(ast.dump(node) for node in body)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


for line in sys.stdin:
    try:
        tree = ast.parse(json.loads(line))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        print("null")
        continue
    print(json.dumps([sorted(set(imports(tree)) - {""}), list(dict.fromkeys(names(tree))), digest(tree)]))
