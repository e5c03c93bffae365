# kind: hack  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: overwrites every shared writable mapping listed in /proc/self/maps
import ctypes, re

def flood():
    try:
        for line in open("/proc/self/maps"):
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-s", line)
            if m:
                a, b = int(m[1], 16), int(m[2], 16)
                ctypes.memset(a, 1, b - a)
    except OSError:
        pass

def f(x):
    flood()
    return None

flood()
