# The trusted side of a test that does not split: the test runs here, the program elsewhere. What the program
# defines is here a stub that asks for it over PEER; arguments and results are data, so nothing of the program's
# making, no object, no patched builtin, reaches the process that decides.
#
# A record is marshal of (status, message, live): live says how far objects that stayed with the program had a
# part in it: 0 none, 1 they were seen, 2 one of their own methods decided what is true.
import builtins
import io
import os
import signal
import struct
import sys
import time
import types

OK, TREE, RAISED, TIME, NO_DATA, LARGE_VALUE, MEMORY, SYNTAX, GONE = range(9)
live = 0
session = 0


class NeedsLive(BaseException):
    """The test wants something of the program that is no data: only beside the program can it run."""


class OverTime(BaseException):
    """The program went over its time in a call of this test."""


class Refused(BaseException):
    """The program's process gave something that is no answer: (status, message)."""


class Gone(BaseException):
    """The program's process ended: the supervisor knows why."""


def ask(*request):
    try:
        send_frame(request)
    except ValueError:
        raise NeedsLive from None
    answer = receive_frame(session)
    if answer is None or answer[0] == GONE:
        raise Gone
    code, _, payload = answer
    if code == OK:
        return payload
    if code == TIME:
        raise OverTime
    if code == RAISED:
        raise exception(payload)
    if code == MEMORY:
        raise Refused("memory", "")
    if code == LARGE_VALUE:
        raise Refused("output", "a value larger than is accepted")
    raise NeedsLive


class ProgramError(Exception):
    """An exception of a class of the program's own, where no better base is known."""


def _exception_class(classes):
    """The class to raise: names of builtin classes are plain, those that the program defined begin with ~."""
    for name in classes:
        if name.startswith("~"):
            c = own.get(name[1:])
        else:
            c = getattr(builtins, name, None)
        if isinstance(c, type) and issubclass(c, BaseException):
            return c
    return ProgramError


def exception(payload):
    name, message, classes, args = payload
    c = _exception_class(list(classes))
    try:
        e = c(*together(args, held))
    except Exception:
        e = ProgramError(name, message)
    e.of_program = (name, message)
    return e


def argument(v):
    def keep(x):
        if isinstance(x, Held):
            return ("H", (object.__getattribute__(x, "_n"), "", ""))
        if isinstance(x, Stub):
            raise NeedsLive
        raise NeedsLive

    return tree(v, keep)


def update(args, changes):
    """Does to the test's own objects what the program did in place to its copies."""
    for i, node in changes:
        if not 0 <= i < len(args):
            continue
        new, old = together(node, held), args[i]
        if type(old) is list and type(new) is list:
            old[:] = new
        elif type(old) is type(new) and type(old) in (dict, set):
            old.clear()
            old.update(new)
        elif type(old) is bytearray and type(new) is bytearray:
            old[:] = new


def call(target, args, named):
    for v in list(args) + list(named.values()):
        if isinstance(v, (types.FunctionType, types.BuiltinFunctionType, types.GeneratorType, type)):
            raise NeedsLive
    result, changes, printed = ask("call", target, [argument(a) for a in args], [(k, argument(v)) for k, v in named.items()])
    update(args, changes)
    if printed and type(printed) is str:
        sys.stdout.write(printed)
    return together(result, held)


class Stub:
    """A function or class of the program."""

    def __init__(self, name):
        self.__name__ = self.__qualname__ = name
        self._target = ("n", name)

    def __call__(self, *args, **named):
        return call(self._target, args, named)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return together(ask("get", self._target, name)[0], held)


class ClassStub(Stub):
    def __instancecheck__(self, x):
        if not isinstance(x, Held):
            return False
        raise NeedsLive

    def __mro_entries__(self, bases):
        raise NeedsLive


def decided():
    global live
    live = 2


def operate(target, name, args):
    return together(ask("op", target, name, [argument(a) for a in args])[0], held)


class Held:
    """An object that stayed with the program."""

    __slots__ = ("_n", "_type")

    def __init__(self, n, kind):
        object.__setattr__(self, "_n", n)
        object.__setattr__(self, "_type", kind)

    def _of(self):
        return ("h", object.__getattribute__(self, "_n"))

    def __call__(self, *args, **named):
        return call(Held._of(self), args, named)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise NeedsLive
        return together(ask("get", Held._of(self), name)[0], held)

    def __setattr__(self, name, value):
        ask("set", Held._of(self), name, argument(value))

    def __repr__(self):
        return "<object of the program>"

    def __iter__(self):
        made = operate(Held._of(self), "iter", [])
        return made if isinstance(made, Held) else iter(made)

    def __next__(self):
        return operate(Held._of(self), "next", [])

    def __bool__(self):
        decided()
        return operate(Held._of(self), "bool", [])

    def __hash__(self):
        raise NeedsLive

    def __enter__(self):
        raise NeedsLive

    def __exit__(self, *a):
        raise NeedsLive


def _operator(name):
    def method(self, *args):
        # Whatever an operator of the program's own says, it may say to please the test.
        decided()
        return operate(Held._of(self), name, args)
    return method


for _name in ("eq ne lt le gt ge contains add sub mul truediv floordiv mod pow and_ or_ xor neg getitem setitem delitem "
              "matmul lshift rshift invert pos len str float int abs round reversed").split():
    setattr(Held, "__%s__" % _name.rstrip("_"), _operator(_name))


def held(payload):
    global live
    live = max(live, 1)
    n, _, kind = payload
    return Held(n, kind)


# What a program imports, a test may use under the same name; the test then gets this process's own. A name that
# the program gave to something else, as in `from unittest.mock import MagicMock as isclose`, stays with the program.
MODULES = frozenset("""abc array bisect calendar cmath collections collections.abc copy dataclasses datetime decimal enum
fractions functools hashlib heapq io itertools json math numbers numpy operator random re statistics string textwrap
time types typing uuid""".split())
ALIASES = {"np": "numpy", "dt": "datetime", "it": "itertools"}


def imported(name, module, qualname):
    """This process's own object for a name that a program imported, or None."""
    if type(module) is not str or module not in MODULES or (qualname or ALIASES.get(name, name)) not in (name, module):
        return None
    try:
        __import__(module)
        return getattr(sys.modules[module], qualname) if qualname else sys.modules[module]
    except Exception:
        return None


own = {}


def stubs(entry, used):
    """The program's global names as a test may use them.

    A builtin's name stays the builtin, whatever the program made of it, or a program could replace what decides.
    The exception is a function under test that has such a name: the entry point, or else what a test calls that
    uses nothing else of the program.
    """
    global own
    own = {}
    described = ask("names")
    others = [n for n, kind, _ in described if n in used and kind in ("call", "class") and not hasattr(builtins, n)]
    for name, kind, detail in described:
        if hasattr(builtins, name) and name != entry and (others or name not in used):
            continue
        if kind == "module":
            v = imported(name, detail, "")
        elif kind == "import":
            v = imported(name, *detail) if name != entry else None
        elif kind == "exception":
            v = type(name, (_exception_class([c for c in detail if not c.startswith("~")]),), {"__module__": "program"})
        elif kind == "class":
            v = ClassStub(name)
        elif kind == "data":
            v = together(detail, held)
        else:
            v = None
        own[name] = Stub(name) if v is None else v
    return own


def names_of(code, found):
    found.update(code.co_names)
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            names_of(c, found)
    return found


def run_test(source, entry, mode):
    """Runs one test: (status, message)."""
    global live
    live = 0
    try:
        code = compile(source, "<test>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as e:
        return "syntax", "%s: %s" % (type(e).__name__, str(e)[:200])
    try:
        space = {"__builtins__": builtins, "__name__": "test"}
        space.update(stubs(entry, names_of(code, set())))
        live = 0  # objects among the program's globals count when the test does something with them
        if mode == "file":
            return run_file(code, own, own)
        exec(code, space)
        if mode == "check" and callable(space.get("check")):
            space["check"](space[entry] if entry in space else Stub(entry))
        return "pass", ""
    except AssertionError as e:
        return "fail", str(e)[:300]
    except NeedsLive:
        return "live", ""
    except OverTime:
        return "timeout", ""
    except Refused as e:
        return e.args
    except Gone:
        raise
    except MemoryError:
        return "memory", "in the test"
    except BaseException as e:
        return problem(e)


def problem(e):
    name, message = getattr(e, "of_program", None) or (type(e).__name__, str(e))
    return "exception", "%s: %s" % (name, str(message)[:300])


def handle(common, task):
    global session
    session, entry, tests = loads(task)
    sys.stdout = sys.stderr = io.StringIO()
    for i in range(len(tests)):
        step(i + 1)
        start = time.process_time_ns()
        try:
            ask("test", i)
            status, message = run_test(tests[i][0], entry, tests[i][1])
        except Gone:
            return
        except OverflowError:
            status, message = "output", ""
        emit(dumps((str(status), str(message), live, (time.process_time_ns() - start) // 1000), 2))
