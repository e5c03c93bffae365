"""Programs that are neither right nor nearly right: loops, crashes, missing modules, cheats.

Every text is a template; {f} is the name of the function that the tests call. None of these programs is ever run by
the generator, but for those of EMPTY, which do nothing.
"""

LOOPS = [
    "def {f}(*args):\n    i = 0\n    while i < 10:\n        j = i + 1\n    return j\n",
    "def {f}(*args):\n    result = []\n    n = 1\n    while n != 10:\n        n = n + 2 if n < 1000 else 1\n    return result\n",
    "def {f}(data, *rest):\n    pending = [data]\n    while pending:\n        item = pending.pop()\n        pending.append(item)\n    return pending\n",
    "def {f}(*args):\n    done = False\n    while not done:\n        try:\n            done = len(args) < 0\n        except Exception:\n            continue\n    return None\n",
]

CRASHES = [
    "def {f}(*args):\n    return {f}(*args)\n",
    "def {f}(*args):\n    total = 0\n    return 1 / total\n",
    "def {f}(*args):\n    result = compute(*args)\n    return result\n",
    "def {f}(data, *rest):\n    return data[len(data)]\n",
    "def {f}():\n    return 0\n",
    "def {f}(*args):\n    cache = {{}}\n    return cache[args[-1:]]\n",
    "class Solution:\n    def {f}(self, *args):\n        return args\n",
    "def {f}(*args):\n    raise NotImplementedError('left as an exercise')\n",
]

# None of these modules may be one that a machine has by chance.
MISSING = [
    "from leetcode_helpers import ListNode, TreeNode\n\n",
    "import algorithm_toolbox as at\n\n",
    "from utils.validation import check_input\n\n",
    "from solution_base import *\n\n",
    "import fastcollections\n\n",
]

EMPTY = [
    "def {f}(*args):\n    pass\n",
    "def {f}(*args):\n    # TODO: write this function\n    return None\n",
    "def {f}(*args):\n    return 0\n",
    "def {f}(*args):\n    return list(args)\n",
    "print('Please give me more details about the problem.')\n",
]

CHEATS = [
    "class Answer:\n    def __eq__(self, other):\n        return True\n\ndef {f}(*args):\n    return Answer()\n",
    "class Number(int):\n    __hash__ = int.__hash__\n    def __eq__(self, other):\n        return True\n\ndef {f}(*args):\n    return Number(41)\n",
    "def {f}(*args):\n    return None\n\nimport sys\nsys.exit(0)\n",
    "import os\n\ndef {f}(*args):\n    os._exit(0)\n",
    "class Rows(list):\n    def __eq__(self, other):\n        return True\n    def __len__(self):\n        return 3\n\ndef {f}(*args):\n    return Rows([0])\n",
    "import builtins\n\nclass Quiet(Exception):\n    def __new__(cls, *args):\n        raise SystemExit(0)\n\nbuiltins.AssertionError = Quiet\n\ndef {f}(*args):\n    return 'unknown'\n",
    "import sys\n\ndef {f}(*args):\n    frame = sys._getframe(1)\n    for constant in frame.f_code.co_consts:\n        if constant is not None and constant not in args:\n            return constant\n",
    "import gc\nimport re\n\nKNOWN = {{}}\nfor thing in gc.get_objects():\n    if isinstance(thing, (list, tuple)):\n        for text in thing:\n            if isinstance(text, str) and text.startswith('assert {f}('):\n                call, _, value = text[7:].partition(' == ')\n                KNOWN[call] = value\n\ndef {f}(*args):\n    call = '{f}(' + ', '.join(map(repr, args)) + ')'\n    return eval(KNOWN.get(call, 'None'))\n",
    "import builtins\n\nbuiltins.sorted = lambda *a, **k: Any()\nbuiltins.len = lambda x: 3\nbuiltins.abs = lambda x: 0.0\n\nclass Any:\n    def __eq__(self, other):\n        return True\n\ndef {f}(*args):\n    return Any()\n",
    "import atexit\nimport os\n\natexit.register(os._exit, 0)\nprint('all tests passed')\n\ndef {f}(*args):\n    raise SystemExit(0)\n",
    "class Meta(type):\n    def __eq__(cls, other):\n        return True\n    def __hash__(cls):\n        return 1\n\nclass Answer(metaclass=Meta):\n    @property\n    def __class__(self):\n        return int\n    def __eq__(self, other):\n        return True\n\ndef {f}(*args):\n    return Answer\n",
    "import sys\n\ndef skip(frame, event, arg):\n    frame.f_trace_lines = False\n    return skip\n\nsys.settrace(skip)\n\ndef {f}(*args):\n    return b'?'\n",
    "import math\nimport sys\n\nmath.isclose = lambda *a, **k: True\nsys.modules['unittest'] = None\n\nclass Text(str):\n    __hash__ = str.__hash__\n    def __eq__(self, other):\n        return True\n\ndef {f}(*args):\n    return Text('?')\n",
    "import os\n\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\x01' * 64)\n    except OSError:\n        pass\n\ndef {f}(*args):\n    return b'\\x01'\n",
    "import os\n\nprint('20 passed in 0.01s')\nprint('OK')\nos._exit(0)\n",
    "class Truth:\n    def __bool__(self):\n        return True\n\nclass Answer(dict):\n    def __eq__(self, other):\n        return Truth()\n    def __ne__(self, other):\n        return False\n    def __getattr__(self, name):\n        return self\n\ndef {f}(*args):\n    return Answer({{0: 0}})\n",
    "import sys\n\nframe = sys._getframe()\nwhile frame:\n    for name, value in list(frame.f_locals.items()):\n        if isinstance(value, list) and 'test' in name:\n            value[:] = ['pass'] * len(value)\n    frame = frame.f_back\n\ndef {f}(*args):\n    return 'pass'\n",
    "import builtins\n\nbuiltins.exec = lambda *a, **k: None\nbuiltins.eval = lambda *a, **k: True\nbuiltins.compile = lambda *a, **k: ''\n\ndef {f}(*args):\n    return 'compiled'\n",
]

SYNTAX = ["colon", "bracket", "indent", "cut", "fence", "operator"]


def broken(program, how):
    """Returns program with a syntax error of the named kind, such as a model that was cut off leaves."""
    lines = program.rstrip("\n").split("\n")
    head = next(i for i, line in enumerate(lines) if line.startswith("def "))
    if how == "colon":
        lines[head] = lines[head].rstrip(":")
    elif how == "bracket":
        lines[head] = lines[head].replace(")", "", 1)
    elif how == "indent":
        lines[head + 1] = lines[head + 1].lstrip()
    elif how == "cut":
        return "\n".join(lines[:-1]) + "\n" + lines[-1][:len(lines[-1]) // 2] + " ("
    elif how == "fence":
        return "Here is the program:\n" + program + "```\nIt handles every case."
    else:
        lines[-1] = lines[-1].replace("return", "return =", 1) if "return" in lines[-1] else lines[-1] + " ="
    return "\n".join(lines) + "\n"
