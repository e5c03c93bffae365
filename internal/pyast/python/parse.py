# Parses one text, which may be anything, and says why where it does not parse.
#
# A problem is a str. What CPython's parser refuses and what its compiler refuses are the same to us: neither can run.
import ast
import warnings

warnings.simplefilter("ignore")  # of invalid escapes in the texts; nobody would read them


class Refused(Exception):
    """The text does not parse; the argument says why."""


def parse(data):
    """The tree of a text, given as UTF-8 bytes, or Refused."""
    try:
        source = data.decode()
        tree = ast.parse(source)
        # Not from the tree: that would be checked once more, and slowly.
        compile(source, "<source>", "exec", dont_inherit=True)
        return tree
    except SyntaxError as e:
        raise Refused("%s: %s (line %s)" % (type(e).__name__, e.msg, e.lineno))
    except ValueError as e:  # NUL bytes, lone surrogates
        raise Refused("%s: %s" % (type(e).__name__, e))
    except (RecursionError, MemoryError, OverflowError) as e:
        raise Refused("Python's parser gave up: %s %s" % (type(e).__name__, e))


class Places:
    """Where the nodes of a tree stand in the text, as byte offsets."""

    def __init__(self, data):
        self.data, self.starts, at = data, [], 0
        for line in data.splitlines(True):  # of bytes, it knows the three ends of lines that Python has, and no other
            self.starts.append(at)
            at += len(line)
        self.starts.append(at)

    def start(self, node):
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node):
        return self.data[self.start(node):self.end(node)].decode()
