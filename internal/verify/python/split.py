# Splits tests into what the program's process may know, calls, and what it may not, the expected values.
#
# Runs in a trusted process that never sees a program. A test that is one assert, or several, or a check()
# of nothing else, becomes a list of checks
#   (operator, number of the call, expected value by marshal)
# when each compares one call of the program with a value that is written out. Everything else is for the oracle.
import ast
import builtins
import marshal
import os
import sys
from types import CodeType

BUILTINS = frozenset(dir(builtins))
STDLIB = frozenset(getattr(sys, "stdlib_module_names", ())) | {"numpy", "np"}
# What a written-out value may be made with, besides displays: all of it is builtin, none of it can be replaced here.
SAFE = {"float": float, "set": set, "frozenset": frozenset, "dict": dict, "list": list, "tuple": tuple,
        "complex": complex, "bytes": bytes, "str": str, "int": int, "bool": bool}
EQUAL, UNEQUAL, IS, IS_NOT, TRUE, FALSE = "==", "!=", "is", "is not", "true", "false"
_CONSTANTS = frozenset((type(None), bool, type(Ellipsis)))
_ATOMS = frozenset((int, str, float, bool, bytes, complex, type(None), type(Ellipsis)))
dumps = marshal.dumps


class NotSplit(Exception):
    pass


def is_call(node, entry):
    """Whether an expression's value is the program's own: it ends in a call of something the program defines.

    A builtin or library function around the call would be the program's to replace, so that is not one.
    """
    while True:
        kind = type(node)
        if kind is ast.Call:
            func = node.func
            if type(func) is ast.Name:
                return func.id == entry or func.id not in BUILTINS
            if type(func) is not ast.Attribute:
                return False
            node = func.value
            if type(node) is ast.Name:
                return node.id not in STDLIB and node.id not in BUILTINS
        elif kind is ast.Subscript:
            node = node.value
        elif kind is ast.Attribute:
            node = node.value
        else:
            return False


_DISPLAYS = frozenset((ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Constant, ast.UnaryOp, ast.USub, ast.UAdd, ast.Load,
                       ast.BinOp, ast.Add, ast.Sub))


def literal(node):
    """The value that an expression writes out, or NotSplit."""
    if type(node) is ast.Constant:
        return node.value
    stack = [node]
    names = False
    while stack:
        n = stack.pop()
        kind = type(n)
        if kind is ast.Constant:
            continue
        if kind is ast.List or kind is ast.Tuple or kind is ast.Set:
            stack.extend(n.elts)
        elif kind is ast.Dict:
            if None in n.keys:
                raise NotSplit
            stack.extend(n.keys)
            stack.extend(n.values)
        elif kind is ast.UnaryOp and type(n.op) in (ast.USub, ast.UAdd) and type(n.operand) is ast.Constant:
            if type(n.operand.value) not in (int, float, complex, bool):
                raise NotSplit
        elif kind is ast.BinOp and type(n.op) in (ast.Add, ast.Sub) and type(n.right) is ast.Constant and type(n.right.value) is complex:
            stack.append(n.left)
        elif kind is ast.Call and type(n.func) is ast.Name and n.func.id in SAFE and not n.keywords:
            names = True
            stack.extend(n.args)
        else:
            raise NotSplit
    if not names:
        try:
            return ast.literal_eval(node)
        except Exception:
            raise NotSplit
    code = compile(ast.Expression(body=node), "<expected>", "eval", dont_inherit=True)
    try:
        return eval(code, {"__builtins__": SAFE})
    except Exception:
        raise NotSplit


def simple(v):
    """Whether a value is of exact builtin types: what marshal writes and the judge compares."""
    t = type(v)
    if t in _ATOMS:
        return True
    if t is dict:
        return all(map(simple, v)) and all(map(simple, v.values()))
    return t in (list, tuple, set, frozenset) and all(map(simple, v))


class Calls:
    """The calls of a question's tests, compiled."""

    def __init__(self, entry):
        self.entry, self.codes, self.unusual = entry, [], False

    def add(self, node):
        # A name bound inside the call, or a value awaited, would mean something else where it is evaluated. The
        # words are looked for first: walking every tree would cost more than all the rest.
        if self.unusual:
            for n in ast.walk(node):
                if type(n) in (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom):
                    raise NotSplit
        self.codes.append(compile(ast.Expression(body=node), "<test>", "eval", dont_inherit=True))
        return len(self.codes) - 1

    def check(self, node):
        """One assert's condition as a check."""
        kind = type(node)
        if kind is ast.Compare and len(node.ops) == 1:
            return self.comparison(node.left, node.ops[0], node.comparators[0])
        if kind is ast.UnaryOp and type(node.op) is ast.Not and is_call(node.operand, self.entry):
            return FALSE, self.add(node.operand), b""
        if is_call(node, self.entry):
            return TRUE, self.add(node), b""
        raise NotSplit

    def comparison(self, left, op, right):
        if not is_call(left, self.entry):
            if not is_call(right, self.entry) or type(op) not in (ast.Eq, ast.NotEq):
                raise NotSplit
            left, right = right, left
        value = literal(right)
        if type(op) is ast.Eq or type(op) is ast.NotEq:
            if not simple(value):
                raise NotSplit
            name = EQUAL if type(op) is ast.Eq else UNEQUAL
        elif type(op) is ast.Is or type(op) is ast.IsNot:
            if type(value) not in _CONSTANTS:
                raise NotSplit
            name = IS if type(op) is ast.Is else IS_NOT
        else:
            raise NotSplit
        try:
            expected = dumps(value, 2)
        except (ValueError, MemoryError):
            raise NotSplit
        return name, self.add(left), expected


class Rename(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit_Name(self, node):
        return ast.copy_location(ast.Name(id=self.new, ctx=node.ctx), node) if node.id == self.old else node


def is_text(node):
    return type(node) is ast.Expr and type(node.value) is ast.Constant


def is_note(node):
    """METADATA = {...}: HumanEval's tests carry one; nothing reads it."""
    return type(node) is ast.Assign and type(node.targets[0]) is ast.Name and node.targets[0].id == "METADATA"


def check_function(tree, entry):
    """The asserts of a check(candidate) that consists of nothing else and is called once, or None."""
    body = [n for n in tree.body if not is_text(n) and not is_note(n)]
    if not body or type(body[0]) is not ast.FunctionDef or body[0].name != "check" or len(body) > 2:
        return None
    define = body[0]
    a = define.args
    if len(a.args) != 1 or a.vararg or a.kwarg or a.kwonlyargs or a.defaults or a.posonlyargs or define.decorator_list:
        return None
    target = entry
    if len(body) == 2:
        call = body[1].value if type(body[1]) is ast.Expr else None
        if type(call) is not ast.Call or type(call.func) is not ast.Name or call.func.id != "check" or len(call.args) != 1 \
                or call.keywords or type(call.args[0]) is not ast.Name:
            return None
        target = call.args[0].id
    # In a script the test's own check() hides a function of that name of the program's, so it is no call of it.
    if not target or target == "check" or any(type(n) is ast.Name and n.id == "check" for n in ast.walk(define)):
        return None
    rename = Rename(a.args[0].arg, target)
    return [rename.visit(n) for n in define.body if not is_text(n) and type(n) is not ast.Pass], target


def kind_of(tree):
    """How a test is run as a whole: a script, a script whose check() has yet to be called, or a file of tests."""
    defines_check = calls_check = False
    for n in tree.body:
        if type(n) is ast.FunctionDef:
            if n.name.startswith("test"):
                return "file"
            defines_check |= n.name == "check"
        elif type(n) is ast.ClassDef:
            bases = [b.attr if type(b) is ast.Attribute else getattr(b, "id", "") for b in n.bases]
            if "TestCase" in bases or n.name.startswith("Test"):
                return "file"
        else:
            calls_check |= any(type(c) is ast.Call and getattr(c.func, "id", "") == "check" for c in ast.walk(n))
    return "check" if defines_check and not calls_check else "script"


def plan(source, calls):
    """What is to be done with one test: (kind, detail)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as e:
        return "syntax", type(e).__name__ + ": " + str(e)[:200]
    body, entry = tree.body, calls.entry
    calls.unusual = ":=" in source or "await" in source or "yield" in source
    kept = len(calls.codes)
    try:
        if not body or all(map(is_text, body)):
            return "empty", ""
        if type(body[0]) is not ast.Assert:
            found = check_function(tree, entry)
            if found is None:
                raise NotSplit
            body, calls.entry = found
        checks = []
        for n in body:
            if type(n) is not ast.Assert:
                raise NotSplit
            if type(n.test) is ast.Constant and n.test.value:
                continue  # `assert True`: published tests are full of it
            checks.append(calls.check(n.test))
        if not checks:
            raise NotSplit
        return "checks", checks
    except (NotSplit, RecursionError, SyntaxError, ValueError):
        del calls.codes[kept:]
        return "oracle", kind_of(tree)
    finally:
        calls.entry = entry


def handle(common, task):
    entry, tests = marshal.loads(task)
    calls = Calls(entry)
    plans, known = [], {}
    for t in tests:
        if t not in known:
            known[t] = plan(t, calls)
            plans.append(known[t])
            continue
        kind, checks = known[t]
        if kind == "checks":
            # Written twice, it is run twice, but taken apart once.
            again = []
            for op, call, expected in checks:
                calls.codes.append(calls.codes[call])
                again.append((op, len(calls.codes) - 1, expected))
            checks = again
        plans.append((kind, checks))
    emit(dumps((plans, dumps(tuple(calls.codes))), 2))
