# Answers tasks: common names what is to be done, a task is a list of what it is to be done to, by marshal. Each answer
# is left as soon as it is known: (problem, result).
import marshal

_WORK = {b"functions": functions, b"inspect": inspect, b"tests": lambda item: tests(*item)}


def handle(common, task):
    work = _WORK[bytes(common)]
    for item in marshal.loads(task):
        try:
            answer = "", work(item)
        except Refused as e:
            answer = e.args[0], None
        emit(marshal.dumps(answer, 2))
