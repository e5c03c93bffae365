# Finds, among many programs, those that pass a problem's tests. All are run in one process: what they find decides
# nothing, it only says which program and tests are worth to be judged.
#
# Without common, a task is a list of sources, and what is left is their code. With it, marshal of [(code, function)],
# a task is (tell, problems); a problem is (tests, entry point, places of programs to pass over), and its function and
# the places of the programs that pass are left as soon as they are known. With tell, the place of each program is left
# before it is run, so that the one which ends the process is known.
import ast
import builtins
import marshal
import math
import signal
import time

# CPU times, ns. Most programs are given arguments that they were not made for, and some never come back from those: the
# first test has to be quick.
BODY, FIRST, LATER = 200_000_000, 10_000_000, 100_000_000
TICK = 0.004
BUILTINS = frozenset(dir(builtins))
now = time.thread_time_ns
deadline = 1 << 62


class TimeLimit(BaseException):
    pass


def on_tick(signum, frame):
    if now() > deadline:
        raise TimeLimit


def within(limit, work, *args):
    """Whether work is done within its CPU time and raises nothing."""
    global deadline
    deadline = now() + limit
    try:
        work(*args)
        return True
    except BaseException:
        return False
    finally:
        deadline = 1 << 62


def refuse(*args):
    raise TimeLimit


def say(*what):
    emit(marshal.dumps(what, 2))


def load(programs, tell):
    """The functions of the programs; None for one that cannot be had."""
    found = []
    for place, (code, name) in enumerate(programs):
        space = {"__builtins__": builtins, "__name__": "program"}
        if tell:
            say(place)
        step(place)
        within(BODY, exec, marshal.loads(code), space)
        function = space.get(name)
        found.append(function if callable(function) else None)
    return found


def prepared(tests, entry):
    """The tests that are one assert of the function, compiled, and the function's name."""
    asserts = []
    for t in tests:
        try:
            tree = ast.parse(t)
            if len(tree.body) == 1 and type(tree.body[0]) is ast.Assert:
                asserts.append((compile(t, "<test>", "exec", dont_inherit=True), tree))
        except Exception:
            pass
    names = {}
    for _, tree in asserts:
        for n in ast.walk(tree):
            if type(n) is ast.Call and type(n.func) is ast.Name and n.func.id not in BUILTINS:
                names[n.func.id] = names.get(n.func.id, 0) + 1
    entry = entry or max(names, key=names.get, default="")
    return [code for code, _ in asserts], entry


def passing(functions, codes, entry, skipped, tell):
    """The places of the functions that pass all the tests."""
    found = []
    for place, function in enumerate(functions):
        if function is None or place in skipped:
            continue
        if tell:
            say(place)
        step(place)
        space = {"__builtins__": builtins, "math": math, entry: function}
        if within(FIRST, exec, codes[0], space) and all(within(LATER, exec, code, space) for code in codes[1:]):
            found.append(place)
    return found


def compiled(source):
    try:
        return marshal.dumps(compile(source.decode(), "<program>", "exec", dont_inherit=True))
    except Exception:
        return b""


def handle(common, task):
    if not common:
        for source in marshal.loads(task):
            say(compiled(source))
        return
    signal.signal(signal.SIGPROF, on_tick)
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    time.sleep = refuse
    tell, problems = marshal.loads(task)
    functions = load(marshal.loads(common), tell and not problems)
    for tests, entry, skipped in problems:
        codes, entry = prepared(tests, entry)
        say(entry, passing(functions, codes, entry, skipped, tell) if codes and entry else [])
