# A second, plain writing of what the package says, for its tests: reads JSON lines, writes a complaint for each, "" for
# none.
#
#   {"source", "unprinted"}: source without its prints is unprinted, and every line without a print is in it
#   {"source", "function", "imports", "missing"}: a function of source, by symtable
#   {"rename"}: no complaint, but the function with other names, no docstring, no annotations and other layout; "" where
#   it is not simple enough for that
import ast
import builtins
import json
import re
import symtable
import sys
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)


def is_print(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) \
        and node.value.func.id == "print" \
        and not any(isinstance(n, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)) for n in ast.walk(node))


class NoPrints(ast.NodeTransformer):
    def __init__(self):
        self.lines = set()

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            old = getattr(node, field, None)
            if isinstance(old, list) and old:
                new = [n for n in old if not is_print(n)]
                for n in old:
                    if is_print(n):
                        self.lines.update(range(n.lineno - 1, n.end_lineno))
                setattr(node, field, new or ([] if isinstance(node, ast.Module) else [ast.Pass()]))
        return node


def lines(text):
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def unprinted(source, result):
    strip = NoPrints()
    if ast.dump(strip.visit(ast.parse(source))) != ast.dump(ast.parse(result)):
        return "it is another program"
    left = iter(lines(result))
    for i, line in enumerate(lines(source)):
        if i not in strip.lines and line not in left:
            return "line %d is gone: %r" % (i + 1, line)
    return ""


def tables(table):
    yield table
    for child in table.get_children():
        yield from tables(child)


def globals_of(source):
    top = symtable.symtable(source, "<function>", "exec")
    defined = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_namespace() or s.is_imported()}
    used = set()
    for table in tables(top):
        own = ()
        if table.get_type() == "function":  # one that is called top is taken for the module by is_global
            own = table.get_locals() + table.get_frees()
        for s in table.get_symbols():
            if s.is_referenced() and (s.is_global() and s.get_name() not in own or table is top):
                used.add(s.get_name())
    return used - defined


def function(source, text, imports, missing):
    given = set(dir(builtins)) | {"__file__", "__path__", "__builtins__", "__annotations__", "__class__", "help", "exit", "quit",
                                  "copyright", "credits", "license"}
    rest = globals_of("\n".join([i for i in imports if not i.startswith("from __future__")] + [text])) - given
    if "import *" in source:
        return "" if set(missing) <= rest else "missing are %s, and not %s" % (sorted(rest), missing)
    return "" if rest == set(missing) else "missing are %s, and not %s" % (sorted(rest), sorted(missing))


class Rename(ast.NodeTransformer):
    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg, node.annotation = self.names.get(node.arg, node.arg), None
        return node

    def visit_FunctionDef(self, node):
        node.name, node.returns = self.names.get(node.name, node.name), None
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def renamed(source):
    tree = ast.parse(source)
    inner = [n for n in ast.walk(tree) if isinstance(n, (ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal, ast.AnnAssign, ast.ExceptHandler,
                                                         ast.Import, ast.ImportFrom, ast.AsyncFunctionDef, ast.Match))]
    if inner or sum(isinstance(n, ast.FunctionDef) for n in ast.walk(tree)) != 1:
        return ""
    names = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if names & set(dir(builtins)) or names & {k.arg for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords}:
        return ""
    names.add(tree.body[0].name)
    return ast.unparse(Rename({n: "other_%d" % i for i, n in enumerate(sorted(names))}).visit(tree))


for row in sys.stdin:
    row = json.loads(row)
    if "rename" in row:
        print(json.dumps(renamed(row["rename"])))
    elif "unprinted" in row:
        print(json.dumps(unprinted(row["source"], row["unprinted"])))
    else:
        print(json.dumps(function(row["source"], row["function"], row["imports"], row["missing"])))
