"""Mutants of a Python program: one small mistake each, of the kind that models make.

mutants(source) -> list of programs. It is a pure function of the text: the same source gives the same list, in the
same order. Nothing is run here, so mutants may loop for ever, fail always, or happen to be right.
"""
import ast

COMPARE = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Div, ast.Div: ast.FloorDiv,
              ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult}
CALLS = {"min": "max", "max": "min", "sorted": "list", "any": "all", "all": "any", "abs": "int", "bisect_left": "bisect_right"}
METHODS = {"lower", "strip", "lstrip", "rstrip", "upper", "copy"}


def _compare(node):
    for new in COMPARE.get(type(node.ops[0]), []):
        def change(n, new=new):
            n.ops[0] = new()
        yield change


def _binop(node):
    new = ARITHMETIC.get(type(node.op))
    if new is not None and not isinstance(node.left, ast.Constant):
        def change(n):
            n.op = new()
        yield change


def _constant(node):
    if type(node.value) is int and abs(node.value) < 100:
        for step in (1, -1):
            def change(n, step=step):
                n.value += step
            yield change
    elif type(node.value) is bool:
        def flip(n):
            n.value = not n.value
        yield flip


def _slice(node):
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            def change(n, part=part):
                setattr(n, part, None)
            yield change


def _call(node):
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        def rename(n):
            n.func.id = CALLS[n.func.id]
        yield rename
    for i, keyword in enumerate(node.keywords):
        if keyword.arg in ("reverse", "key", "default"):
            def drop(n, i=i):
                del n.keywords[i]
            yield drop
    if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and not node.args:
        def unwrap(n):
            # x.lower() -> str(x): a node has no link to its parent, so the call stays a call.
            inner = n.func.value
            n.func, n.args = ast.Name("str", ast.Load()), [inner]
        yield unwrap


def _boolop(node):
    def swap(n):
        n.op = ast.Or() if isinstance(n.op, ast.And) else ast.And()
    yield swap
    def shorten(n):
        del n.values[-1]
        n.values = n.values * 2 if len(n.values) == 1 else n.values
    yield shorten


def _augassign(node):
    new = ARITHMETIC.get(type(node.op))
    if new is not None:
        def change(n):
            n.op = new()
        yield change


def _unary(node):
    if isinstance(node.op, ast.Not):
        def positive(n):
            n.op, n.operand = ast.Not(), ast.UnaryOp(ast.Not(), n.operand)
        yield positive
    if isinstance(node.op, ast.USub):
        def plus(n):
            n.op = ast.UAdd()
        yield plus


def _body(node):
    """Drops a statement (an edge case, a step), or returns from within the last loop."""
    body = node.body
    if not isinstance(body, list):
        return
    for i, statement in enumerate(body):
        if len(body) > 1 and not isinstance(statement, (ast.FunctionDef, ast.Import, ast.ImportFrom)):
            def drop(n, i=i):
                del n.body[i]
            yield drop
    if isinstance(node, ast.FunctionDef) and len(body) > 1 and isinstance(body[-1], ast.Return) \
            and isinstance(body[-2], (ast.For, ast.While)):
        def early(n):
            last = n.body.pop()
            n.body[-1].body.append(last)
        yield early


def _break(node):
    def skip(n):
        n.__class__ = ast.Pass
    yield skip


CHANGES = [
    (ast.Compare, _compare), (ast.BinOp, _binop), (ast.Constant, _constant), (ast.Slice, _slice), (ast.Call, _call),
    (ast.BoolOp, _boolop), (ast.AugAssign, _augassign), (ast.UnaryOp, _unary), (ast.Break, _break),
    ((ast.FunctionDef, ast.For, ast.While, ast.If), _body),
]


def _changes(node):
    for kind, find in CHANGES:
        if isinstance(node, kind):
            yield from find(node)


def mutants(source):
    """Returns all programs that differ from source in one change, without repeats and without source itself."""
    original = ast.unparse(ast.parse(source))
    found = {}
    for place, node in enumerate(ast.walk(ast.parse(source))):
        for which in range(len(list(_changes(node)))):
            tree = ast.parse(source)
            target = list(ast.walk(tree))[place]
            list(_changes(target))[which](target)
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text != original:
                found.setdefault(text, None)
    return list(found)
