# Flattens a syntax tree into a list of words, names with the scope that they stand in.
#
# Everything here works with a stack of its own: the texts are not ours, and a sum of ten thousand terms is a tree
# ten thousand levels deep. A word is a str, or (scope, name) for a name that a scope may define, or (scope, function,
# name) for an argument by name in a call of a name.
import ast
import builtins

BUILTINS = frozenset(dir(builtins))
MODULE, FUNCTION, CLASS, COMPREHENSION = range(4)
_SKIPPED = frozenset(("ctx", "type_comment", "kind", "type_ignores"))
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Scope:
    """What one scope defines. None stands for what no function or class defines."""

    __slots__ = ("kind", "parent", "bound", "declared")

    def __init__(self, kind, parent):
        self.kind, self.parent = kind, parent
        self.bound, self.declared = set(), {}

    def bind(self, name):
        # A function that declares a name global may set it, but what reads it first finds it set by the file.
        if name not in self.declared:
            self.bound.add(name)

    def bind_walrus(self, name):
        """A := in a comprehension defines its name around the comprehension."""
        scope = self
        while scope.kind == COMPREHENSION:
            scope = scope.parent
        scope.bind(name)

    def resolve(self, name):
        """The scope, no module, whose name this is, or None."""
        scope = self
        while scope.kind != MODULE:
            if scope.declared.get(name) == "global":
                return None
            if name in scope.bound and (scope.kind != CLASS or scope is self):
                return scope
            scope = scope.parent
        return None


def does_nothing(node):
    """Whether a statement is a docstring, or as good as pass."""
    return type(node) is ast.Pass or type(node) is ast.Expr and type(node.value) is ast.Constant


def constant(value):
    # repr() of an int refuses more than some 4300 digits.
    return type(value).__name__ + (hex(value) if type(value) is int else repr(value))


class Flat:
    """The words of statements. bare leaves out docstrings, annotations and what does nothing."""

    def __init__(self, statements, bare):
        self.bare, self.words, self.loads, self.nodes = bare, [], [], 0
        self.root, self.first = Scope(MODULE, None), None  # first: the scope of the first function
        self.stack = [("]", None)]
        self.push_list(statements, self.root)
        while self.stack:
            item, scope = self.stack.pop()
            if scope is None:
                self.words.append(item)
            elif type(item) is tuple:
                self.words.append(item)  # a name that has been bound
            else:
                self.visit(item, scope)

    def push_list(self, items, scope):
        """Has the items written in their order, after what is written now."""
        self.stack.extend((item, scope) if isinstance(item, ast.AST) else (self.plain(item), None) for item in reversed(items))

    def push(self, *parts):
        """Has parts (value, scope) written in their order; a value is a node, a list, a word or nothing."""
        for value, scope in reversed(parts):
            if type(value) is list:
                self.stack.append(("]", None))
                self.push_list(value, scope)
                self.stack.append(("[", None))
            elif isinstance(value, ast.AST) or type(value) is tuple:
                self.stack.append((value, scope))
            else:
                self.stack.append((self.plain(value), None))

    @staticmethod
    def plain(value):
        return "-" if value is None else "=" + str(value)

    def visit(self, node, scope):
        if self.bare and does_nothing(node):
            return
        self.nodes += 1
        kind = type(node)
        self.words.append(kind.__name__)
        special = SPECIAL.get(kind)
        if special is not None:
            special(self, node, scope)
            return
        self.push(*((getattr(node, f, None), scope) for f in node._fields if f not in _SKIPPED))

    def define(self, scope, name):
        """Binds a name and returns its word."""
        if name is None:
            return None
        scope.bind(name)
        return scope, name

    def name(self, node, scope):
        if type(node.ctx) is not ast.Load:
            scope.bind(node.id)
        if type(node.ctx) is not ast.Store:
            self.loads.append((scope, node.id))
        self.words.append((scope, node.id))

    def walrus(self, node, scope):
        scope.bind_walrus(node.target.id)
        self.push(((scope, node.target.id), scope), (node.value, scope))

    def augmented(self, node, scope):
        if type(node.target) is ast.Name:
            self.loads.append((scope, node.target.id))
        self.push((node.target, scope), (node.op, scope), (node.value, scope))

    def annotated(self, node, scope):
        if not self.bare:
            self.push((node.target, scope), (node.annotation, scope), (node.value, scope))
            return
        self.words.pop()
        if node.value is None:
            if type(node.target) is ast.Name:
                scope.bind(node.target.id)
            return
        self.words.append("Assign")
        self.push(([node.target], scope), (node.value, scope))

    def function(self, node, scope):
        inner, types = self.inner(node, scope)
        self.first = self.first or inner
        word = self.define(scope, node.name)
        self.push((node.decorator_list, scope), (word, scope), *self.parameters(node.args, types, inner),
                  *(() if self.bare else ((node.returns, types),)), (node.body, inner))

    def inner(self, node, scope):
        """The scope of a function's or class's body, and the one around it that knows its type parameters."""
        types = scope
        parameters = getattr(node, "type_params", None)
        if parameters:
            types = Scope(FUNCTION, scope)
            for p in parameters:
                types.bind(p.name)
                self.push((getattr(p, "bound", None), types))
        return Scope(CLASS if type(node) is ast.ClassDef else FUNCTION, types), types

    def parameters(self, a, outer, inner):
        parts = [(a.defaults, outer), (a.kw_defaults, outer)]
        for some in (a.posonlyargs, a.args, [a.vararg] if a.vararg else [], a.kwonlyargs, [a.kwarg] if a.kwarg else []):
            parts.append(("(", None))
            for p in some:
                parts.append((self.define(inner, p.arg), inner))
                if p.annotation is not None and not self.bare:
                    parts.append((p.annotation, outer))
        return parts

    def function_expression(self, node, scope):
        inner = Scope(FUNCTION, scope)
        self.push(*self.parameters(node.args, scope, inner), (node.body, inner))

    def class_(self, node, scope):
        inner, types = self.inner(node, scope)
        word = self.define(scope, node.name)
        self.push((node.decorator_list, scope), (word, scope), (node.bases, types), (node.keywords, types),
                  (node.body, inner))

    def comprehension(self, node, scope):
        inner, parts = Scope(COMPREHENSION, scope), []
        for i, g in enumerate(node.generators):
            parts += (g.target, inner), (g.iter, inner if i else scope), (g.ifs, inner), (g.is_async, None)
        if type(node) is ast.DictComp:
            parts += (node.key, inner), (node.value, inner)
        else:
            parts.append((node.elt, inner))
        self.push(*parts)

    def imports(self, node, scope):
        parts = [(getattr(node, "module", None), None), (getattr(node, "level", None), None)]
        for a in node.names:
            parts.append((a.name, None))
            if a.name != "*":
                parts.append((self.define(scope, bound_by(a)), scope))
        self.push(*parts)

    def handler(self, node, scope):
        self.push((node.type, scope), (self.define(scope, node.name), scope), (node.body, scope))

    def declaration(self, node, scope):
        word = "global" if type(node) is ast.Global else "nonlocal"
        for name in node.names:
            scope.declared[name] = word
        self.push(*(((scope, name), scope) for name in node.names))

    def pattern(self, node, scope):
        """Patterns that bind a name: it is in the field name, or in rest."""
        self.push(*((self.define(scope, v) if f in ("name", "rest") else v, scope)
                    for f, v in ((f, getattr(node, f)) for f in node._fields)))

    def call(self, node, scope):
        """An argument by name is the function's own word where the function calls itself, so it goes with it."""
        parts = [(node.func, scope), (node.args, scope)]
        for k in node.keywords:
            word = (scope, node.func.id, k.arg) if k.arg and type(node.func) is ast.Name else k.arg
            parts += (word, scope), (k.value, scope)
        self.push(*parts, (")", None))

    def constant(self, node, scope):
        self.words.append(constant(node.value))


SPECIAL = {
    ast.Name: Flat.name, ast.NamedExpr: Flat.walrus, ast.AugAssign: Flat.augmented, ast.AnnAssign: Flat.annotated,
    ast.FunctionDef: Flat.function, ast.AsyncFunctionDef: Flat.function, ast.Lambda: Flat.function_expression,
    ast.ClassDef: Flat.class_, ast.Import: Flat.imports, ast.ImportFrom: Flat.imports, ast.ExceptHandler: Flat.handler,
    ast.Global: Flat.declaration, ast.Nonlocal: Flat.declaration, ast.Call: Flat.call, ast.Constant: Flat.constant,
}
SPECIAL.update((kind, Flat.comprehension) for kind in _COMPREHENSIONS)
for _name in ("MatchAs", "MatchStar", "MatchMapping"):
    if hasattr(ast, _name):  # since Python 3.10
        SPECIAL[getattr(ast, _name)] = Flat.pattern


def bound_by(alias):
    """The name that an import defines."""
    return alias.asname or alias.name.partition(".")[0]
