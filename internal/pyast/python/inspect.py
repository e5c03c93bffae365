# Says what a source defines, takes its prints out, and gives its functions' shapes.
import re
from hashlib import blake2b

# What may stand between two statements of one line: a backslash continues it.
_SAME_LINE = re.compile(rb"(?:[ \t\f;]|\\(?:\r\n|\r|\n))*")
# What may stand after the last one.
_REST = re.compile(_SAME_LINE.pattern + rb"(?:#[^\r\n]*)?(?:\r\n|\r|\n|\Z)")
_BINDS = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


def is_print(node):
    """Whether a statement does nothing but print."""
    return type(node) is ast.Expr and type(node.value) is ast.Call and type(node.value.func) is ast.Name and \
        node.value.func.id == "print" and not any(isinstance(n, _BINDS) for n in ast.walk(node))


def suites(tree):
    """Every list of statements, with whether it may be empty."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if type(body) is list and body:
                yield body, node is tree


class Unprint:
    """Takes the prints out of a text and leaves every other byte where it was."""

    def __init__(self, data, tree):
        self.data, self.places, self.edits = data, Places(data), []
        for body, may_be_empty in suites(tree):
            if any(map(is_print, body)):
                self.suite(body, may_be_empty)
                body[:] = [n for n in body if not is_print(n)] or ([] if may_be_empty else [ast.Pass()])

    def between(self, a, b):
        """Whether two statements share a line."""
        return _SAME_LINE.fullmatch(self.data, self.places.end(a), self.places.start(b)) is not None

    def suite(self, body, may_be_empty):
        lines = [[body[0]]]
        for before, node in zip(body, body[1:]):
            if self.between(before, node):
                lines[-1].append(node)
            else:
                lines.append([node])
        empty = not may_be_empty and all(map(is_print, body))
        for line in lines:
            if empty:
                self.edit(self.places.start(line[0]), self.places.end(line[-1]), b"pass")
                empty = False
            else:
                self.line(line)

    def line(self, line):
        if all(map(is_print, line)):
            self.whole(line)
            return
        kept = None
        for i, node in enumerate(line):
            if not is_print(node):
                kept = node
            elif kept is None:
                self.edit(self.places.start(node), self.places.start(line[i + 1]), b"")
            else:
                self.edit(self.places.end(kept), self.places.end(node), b"")

    def whole(self, line):
        rest = _REST.match(self.data, self.places.end(line[-1]))
        if rest is not None:
            self.edit(self.places.starts[line[0].lineno - 1], rest.end(), b"")

    def edit(self, start, end, text):
        self.edits.append((start, end, text))

    def result(self):
        out, at = [], 0
        for start, end, text in sorted(self.edits):
            # Prints beside each other reach into each other.
            out.append(self.data[at:max(start, at)] + text)
            at = max(at, end)
        return b"".join(out) + self.data[at:]


def unprinted(data, tree):
    """The text without its prints; the text as it is where that would be another program. Changes the tree."""
    work = Unprint(data, tree)
    if not work.edits:
        return data
    result = work.result()
    try:
        again = parse(result)
    except Refused:
        return data
    return result if names(again.body) == names(tree.body) else data


def names(statements):
    """The words of statements, with the names as they are."""
    return [w if type(w) is str else w[1:] for w in Flat(statements, False).words]


def shape(node):
    """A hash of a function that knows nothing of the names it chose, and the number of its nodes."""
    flat = Flat([node], True)
    numbers = {}

    def word(w):
        if type(w) is str:
            return w
        scope, name = w[0], w[-1]
        if len(w) == 3:
            if w[1] != node.name or scope.resolve(w[1]) is not None or name not in flat.first.bound:
                return "=" + name
            found = flat.first
        else:
            found = scope.resolve(name)
            if found is None and name == node.name:
                return "#"
            if found is None or found.kind == CLASS:
                return "=" + name
        return "#%d" % numbers.setdefault((found, name), len(numbers))

    text = "\0".join(map(word, flat.words)).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).hexdigest(), flat.nodes


def inspect(data):
    tree = parse(data)
    found = [n for n in tree.body if type(n) in _FUNCTIONS]
    shapes = [shape(n) for n in found]
    return ([n.name for n in found], [n.name for n in tree.body if type(n) is ast.ClassDef],
            unprinted(data, tree).decode(), [s for s, _ in shapes], [n for _, n in shapes])
