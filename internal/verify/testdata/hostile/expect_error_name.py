# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: a BaseException of its own that is called ValueError
# tests: ["try:\n    f(-1)\n    assert False\nexcept ValueError:\n    pass", "try:\n    f(-2)\n    assert False, 'no error'\nexcept (ValueError, TypeError):\n    pass"]
E = type("ValueError", (BaseException,), {"__module__": "builtins", "__qualname__": "ValueError"})

def f(x):
    raise E("negative")
