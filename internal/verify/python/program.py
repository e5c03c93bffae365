# The side of the untrusted program: one process runs it and says what its calls return, as data.
#
# Nothing here is trusted by the judge. Whatever a program does to this code, all it can do is to return
# something; and that it can do anyway.
#
# A record is marshal of (code, CPU time in us, payload):
OK, TREE, RAISED, TIME, NO_DATA, LARGE_VALUE, MEMORY, SYNTAX = range(8)
import builtins
import os
import signal
import struct
import time

# The thread's clock, not the process's: while an interval timer runs, the kernel brings the latter up to date only
# at its ticks. Work in other threads is the supervisor's to see.
now = time.thread_time_ns
NEVER = 1 << 62
deadline = NEVER
TICK = 0.004


class TimeLimit(BaseException):
    """The part that runs is over its CPU time."""


def on_tick(signum, frame):
    if now() > deadline:
        raise TimeLimit


signal.signal(signal.SIGPROF, on_tick)


def text(e):
    try:
        s = str(e)
        return s[:500] if type(s) is str else ""
    except BaseException:
        return ""


def raised(e):
    """What is said of an exception: its name, its text, and which module it misses, if that is what it is."""
    missing = None
    try:
        if isinstance(e, ModuleNotFoundError) and type(e.name) is str:
            missing = e.name
    except BaseException:
        pass
    return type_name(type(e)).rpartition(".")[2][:100], text(e), missing


def outcome(e):
    """What an exception that ended a part comes to: (code, payload)."""
    if isinstance(e, TimeLimit):
        return TIME, None
    if isinstance(e, MemoryError):
        return MEMORY, None
    if isinstance(e, TooLarge):
        return LARGE_VALUE, None
    if isinstance(e, NoData):
        return NO_DATA, e.args
    return RAISED, raised(e)


def part(work, arg, limit):
    """Runs one part within its CPU time and returns its record."""
    global deadline
    start = now()
    deadline = start + limit
    try:
        code, payload = work(arg)
        deadline = NEVER
    except BaseException as e:
        deadline = NEVER
        code, payload = outcome(e)
    return code, (now() - start) // 1000, payload


def packed(record):
    """A record as bytes; one that cannot be written says so instead."""
    try:
        return dumps(record, 2)
    except ValueError:  # nested beyond what marshal writes
        return dumps((LARGE_VALUE, record[1], None), 2)
    except MemoryError:
        return dumps((MEMORY, record[1], None), 2)


def say(record):
    """Leaves a record at once: should the process die in the next part, this one is not lost."""
    try:
        emit(packed(record))
    except OverflowError:
        emit(dumps((LARGE_VALUE, record[1], None), 2))


def compiled(source, name):
    """The code of a source; of one that does not compile, why."""
    if type(source) is bytes:
        return loads(source)  # compiled already
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as e:
        # RecursionError and "too many nested parentheses": the compiler gives up, so no Python runs it.
        return type(e).__name__ + ": " + text(e)


def body(sources):
    space = {"__builtins__": builtins}
    for source, name in sources:
        if not source:
            continue
        code = compiled(source, name)
        if type(code) is str:
            return SYNTAX, code
        exec(code, space)
    global space_of_program
    space_of_program = space
    return OK, None


def value_of(code):
    v = eval(code, space_of_program)
    return (OK, v) if type(v) in ATOMS and small(v) else encoded(v)


def encoded(v):
    if plain(v):
        return OK, v
    return TREE, tree(v)


def run_quickly(calls, body, limit):
    """Evaluates the calls and leaves all records together, at the end or at the first timeout.

    What takes this path ends in a millisecond, nearly always. If the process dies instead, nothing is known of
    its calls, and the program is run once more by run_calls.
    """
    global deadline
    space, out = space_of_program, [packed(body)]
    step(1)
    t = now()
    for call in calls:
        deadline = t + limit
        try:
            v = eval(call, space)
            code, v = (OK, v) if type(v) in ATOMS and small(v) else encoded(v)
            deadline = NEVER
        except BaseException as e:
            deadline = NEVER
            code, v = outcome(e)
        u = now()
        # Packed at once: a value that the program still holds may change under the next call.
        out.append(packed((code, (u - t) // 1000, v)))
        t = u
        if code == TIME:
            break
    try:
        emit(b"".join(out))
    except OverflowError:
        pass


def run_calls(calls, first, limit, after, stop):
    """Evaluates each call, in order, in the one namespace; after a timeout the rest gets the shorter limit."""
    hung = []
    for i in range(first, len(calls)):
        step(i + 1)
        if hung and calls[i] in hung:
            # The very call that did not end before: nothing can be learned at that price.
            say((TIME, 0, None))
            continue
        record = part(value_of, calls[i], limit)
        say(record)
        if record[0] == TIME:
            if stop:
                return
            hung.append(calls[i])
            limit = min(limit, after)


def run_asserts(tests, entry, first, limit, after, stop):
    """In process: runs each test beside the program, which may have tampered with all it touches."""
    def run(test):
        source, kind = test
        code = compiled(source, "<test>")
        if type(code) is str:
            return SYNTAX, code
        if kind == "file":
            status, message = run_file(code, space_of_program, space_of_program)
            if status != "pass":
                raise AssertionError(message)
            return OK, None
        exec(code, space_of_program)
        if kind == "check":
            space_of_program["check"](space_of_program[entry])
        return OK, None

    for i in range(first, len(tests)):
        step(i + 1)
        record = part(run, tests[i], limit)
        say(record)
        if record[0] == TIME:
            if stop:
                return
            limit = min(limit, after)


def compile_all(sources):
    """Compiles the programs of a question in one process, which runs none of them."""
    for source in sources:
        code = compiled(source, "<program>")
        try:
            say((SYNTAX, 0, code) if type(code) is str else (OK, 0, dumps(code)))
        except (ValueError, MemoryError):
            say((NO_DATA, 0, None))


def unguarded(prelude, program, setup, calls):
    """What a program and its calls cost by themselves: nothing is watched, encoded or said."""
    space = {"__builtins__": builtins}
    for source in (prelude, program, setup):
        if source:
            exec(compile(source, "<program>", "exec", dont_inherit=True), space)
    for call in loads(calls):
        try:
            eval(call, space)
        except Exception:
            pass


def handle(common, task):
    mode, prelude, setup, entry, payload = loads(common)
    if mode == "compile":
        compile_all(loads(task))
        return
    program, first, body_ns, part_ns, after_ns, stop, quick = loads(task)
    if mode == "floor":
        if payload is not None:
            unguarded(prelude, program, setup, payload)
        return
    if mode != "serve":
        os.close(PEER)
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    record = part(body, ((prelude, "<prelude>"), (program, "<program>"), (setup, "<setup>")), body_ns)
    if quick and record[0] == OK:
        run_quickly(loads(payload), record, part_ns)
        return
    say(record)
    if record[0] != OK:
        return
    if mode == "calls":
        run_calls(loads(payload), first, part_ns, after_ns, stop)
    elif mode == "asserts":
        run_asserts(payload, entry, first, part_ns, after_ns, stop)
    else:
        serve(payload, part_ns, after_ns)


def warm():
    """Runs what nearly every program runs, so that the interpreter's caches are filled before the first child."""
    source = (
        "from typing import List, Dict, Tuple, Optional, Set, Any, Union\nimport math, re, collections\n"
        "from collections import defaultdict, Counter, deque\nfrom functools import lru_cache, reduce\n"
        "def f(a: List[int], b: Optional[str] = None) -> Dict[str, List[float]]:\n"
        "    '''text'''\n    out = []\n    for i, x in enumerate(a):\n        if x > 1 and i != 2:\n            out.append(x * 2)\n"
        "    s = ' '.join(str(x) for x in sorted(out, key=lambda v: -v))\n"
        "    d = {k: v for k, v in zip(a, out)}\n    while len(out) > 1:\n        out.pop()\n    return {'a': out, 'b': s.split()}\n"
        "def g(a: List[str], b: Tuple[int, int], c: List[float], d: List[List[int]], e: Dict[str, int]) -> List[int]:\n    return [len(x) for x in a]\n"
        "class A:\n    def __init__(self, x: int) -> None:\n        self.x = x\n    def m(self):\n        return self.x + 1\n"
    )
    call = compile("f([1, 2, 3, 4])", "<test>", "eval")
    global deadline
    for _ in range(12):
        record = part(body, (("", "<prelude>"), (source, "<program>"), ("", "<setup>")), NEVER >> 1)
        for _ in range(4):
            dumps(part(value_of, call, NEVER >> 1), 2)
    space_of_program.clear()
