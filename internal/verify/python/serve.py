# While serving, a program's process answers the oracle's calls. Objects that are no data stay here and are
# spoken of by number.
import io

objects = {}


def hold(v):
    n = len(objects) + 1
    if n > 1 << 16:
        raise TooLarge
    objects[n] = v
    kind = "class" if isinstance(v, type) else "call" if callable(v) else "object"
    return ("H", (n, type_name(type(v)), kind))


def class_names(t):
    """A class and its bases by name; ~ marks those that are no builtins, whatever they call themselves."""
    out = []
    for c in t.__mro__:
        name = type.__getattribute__(c, "__name__")
        out.append(name if getattr(builtins, name, None) is c else "~" + name)
    return out


def describe(name, v):
    """What a test may want of a global name: (name, kind, detail)."""
    if isinstance(v, type(os)):
        return name, "module", v.__name__
    if isinstance(v, type):
        module, qualname = getattr(v, "__module__", ""), getattr(v, "__qualname__", "")
        if module != "builtins" or getattr(builtins, qualname, None) is v:
            return name, "import", (module, qualname)
        if issubclass(v, BaseException):
            return name, "exception", class_names(v)
        return name, "class", None
    if callable(v):
        module, qualname = getattr(v, "__module__", None), getattr(v, "__qualname__", "")
        if type(module) is str and module != "builtins" and type(qualname) is str and "." not in qualname:
            return name, "import", (module, qualname)
        return name, "call", None
    try:
        return name, "data", tree(v, hold)
    except BaseException:
        return name, "object", None


def target_of(target):
    kind, which = target
    return space_of_program[which] if kind == "n" else objects[which]


def arguments(nodes):
    return [together(n, lambda h: objects[h[0]]) for n in nodes]


def changed(args, before):
    """The arguments that the call changed in place, by position: a test may look at them afterwards."""
    out = []
    for i, a in enumerate(args):
        if type(a) in (list, dict, set, bytearray):
            after = tree(a, hold)
            if dumps(after, 2) != before[i]:
                out.append((i, after))
    return out


def answer(request):
    what = request[0]
    if what == "call":
        _, target, nodes, named = request
        args = arguments(nodes)
        named = {k: together(n, lambda h: objects[h[0]]) for k, n in named}
        before = [dumps(tree(a, hold), 2) if type(a) in (list, dict, set, bytearray) else None for a in args]
        # What it prints is part of what it does: a test may look at that, too.
        printed = io.StringIO()
        shown, sys.stdout = sys.stdout, printed
        try:
            result = target_of(target)(*args, **named)
        finally:
            sys.stdout = shown
        return OK, (tree(result, hold), changed(args, before), io.StringIO.getvalue(printed)[:1 << 20])
    if what == "get":
        return OK, (tree(getattr(target_of(request[1]), request[2]), hold), [])
    if what == "set":
        setattr(target_of(request[1]), request[2], arguments([request[3]])[0])
        return OK, (("v", None), [])
    if what == "op":
        import operator
        _, target, name, nodes = request
        operation = {"iter": iter, "next": next, "len": len, "str": str, "repr": repr, "bool": bool, "hash": hash,
                     "isinstance": isinstance, "float": float, "int": int, "abs": abs, "reversed": reversed,
                     "format": format, "round": round, "enter": lambda x: x.__enter__(), "issubclass": issubclass}.get(name)
        operation = operation or getattr(operator, name)
        return OK, (tree(operation(target_of(target), *arguments(nodes)), hold), [])
    if what == "names":
        return OK, [describe(k, v) for k, v in list(space_of_program.items()) if type(k) is str and k != "__builtins__"]
    raise ValueError(what)


def failure(e):
    """An exception as the oracle can raise it again: names of its classes, its arguments if they are data."""
    name, message, missing = raised(e)
    try:
        args = tree(tuple(e.args))
    except BaseException:
        args = ("T", [("v", message)])
    try:
        classes = class_names(type(e))
    except BaseException:
        classes = [name]
    return name, message, classes, args


def raised_while_serving(request):
    try:
        return answer(request)
    except (TimeLimit, MemoryError, TooLarge):
        raise
    except BaseException as e:
        return RAISED, failure(e)


def serve(session, limit, after):
    while True:
        request = receive_frame(session)
        if request is None or request[0] == "bye":
            os._exit(0)
        if request[0] == "test":
            step(request[1] + 1)
            send_frame((OK, 0, None))
            continue
        record = part(raised_while_serving, request, limit)
        if record[0] == TIME:
            limit = min(limit, after)
        try:
            send_frame(record)
        except (ValueError, MemoryError):
            send_frame((LARGE_VALUE, record[1], None))
