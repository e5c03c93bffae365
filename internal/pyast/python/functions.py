# Finds the documented functions and classes of a file, and what each needs of it.
from itertools import chain

# What a module has without defining it.
GIVEN = BUILTINS | set("__file__ __path__ __builtins__ __annotations__ __class__ help exit quit copyright credits license".split())
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Imports:
    """The imports of a file by the names that they define."""

    def __init__(self, tree):
        self.by_name, self.stars, self.future = {}, [], None
        direct = [n for n in tree.body if type(n) in (ast.Import, ast.ImportFrom)]
        for node in direct:
            for a in node.names:
                self.add(node, a, True)
        # Then those under try and if. Of two for one name the first is meant; the others are for other machines.
        for node in inside(n for n in tree.body if type(n) in (ast.Try, ast.If, ast.With)):
            for a in node.names:
                self.add(node, a, False)

    def add(self, node, alias, replaces):
        line = statement(node, alias)
        if alias.name == "*":
            self.stars.append(line)
        elif getattr(node, "module", None) == "__future__":
            if alias.name == "annotations":
                self.future = line
        elif type(node) is ast.Import and "." in alias.name and not alias.asname:
            self.by_name.setdefault(bound_by(alias), []).append(line)  # import a.b adds to import a
        elif replaces or bound_by(alias) not in self.by_name:
            kept = [old for old in self.by_name.get(bound_by(alias), ()) if old.startswith("import ") and "." in old]
            self.by_name[bound_by(alias)] = (kept if type(node) is ast.Import and not alias.asname else []) + [line]


def statement(node, alias):
    name = alias.name + (" as " + alias.asname if alias.asname else "")
    if type(node) is ast.Import:
        return "import " + name
    return "from " + "." * node.level + (node.module or "") + " import " + name


def inside(statements):
    """The imports in blocks of a module that are no functions or classes, at any depth."""
    stack = list(statements)[::-1]
    while stack:
        node = stack.pop()
        if type(node) in (ast.Import, ast.ImportFrom):
            yield node
        elif type(node) not in _DEFINITIONS:
            stack.extend(reversed([n for n in ast.iter_child_nodes(node) if isinstance(n, (ast.stmt, ast.ExceptHandler))]))


def used(flat):
    """The global names that statements use, in the order of their first use."""
    return list(dict.fromkeys(name for scope, name in flat.loads
                              if scope.resolve(name) is None and name not in flat.root.bound))


def returns(node):
    """Whether a function, or a method of a class, gives its caller a value."""
    stack = list(node.body)
    while stack:
        n = stack.pop()
        if type(n) is ast.Return:
            if n.value is not None and not (type(n.value) is ast.Constant and n.value.value is None):
                return True
        elif type(n) in (ast.Yield, ast.YieldFrom):
            return True
        elif type(n) is ast.ClassDef or type(n) is not ast.Lambda and type(n) not in _FUNCTIONS:
            stack.extend(ast.iter_child_nodes(n))
        elif type(node) is ast.ClassDef and n in node.body:
            stack.extend(n.body)
    return False


def functions(data):
    tree = parse(data)
    imports, places, out, defined = Imports(tree), Places(data), [], None
    for node in tree.body:
        if type(node) not in _DEFINITIONS:
            continue
        docstring = ast.get_docstring(node)
        if not docstring or not docstring.strip():
            continue
        flat = Flat([node], False)
        names = used(flat)
        needed = list(chain.from_iterable(imports.by_name.get(name, ()) for name in names))
        missing = [name for name in names if name not in imports.by_name and name not in GIVEN]
        if missing and imports.stars:
            needed += imports.stars
            defined = defined or Flat(tree.body, False).root.bound
            missing = [name for name in missing if name in defined]  # the others may come with the star
        if imports.future and annotated(node):
            needed.insert(0, imports.future)
        first = min(chain((node.lineno,), (d.lineno for d in node.decorator_list)))
        source = data[places.starts[first - 1]:places.starts[node.end_lineno]]
        out.append((node.name, type(node) is ast.ClassDef, source.rstrip(b"\r\n").decode(), docstring, needed, first,
                    returns(node), missing))
    return out


def annotated(node):
    return any(getattr(n, "annotation", None) is not None or getattr(n, "returns", None) is not None for n in ast.walk(node))
