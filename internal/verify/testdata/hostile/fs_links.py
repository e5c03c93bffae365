# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if hard links or symlinks lead to files outside
import os

def f(x):
    for i, target in enumerate(("/etc/shadow", "/etc/passwd", "/usr/bin/python3", "/proc/1/root", "/proc/self/exe")):
        path = "/tmp/l%d-%d" % (x, i)
        try:
            os.link(target, path, follow_symlinks=False)
            return 2 * x
        except OSError:
            pass
    os.symlink("/../../../../../../etc/shadow", "/tmp/s%d" % x)
    try:
        return 2 * x if open("/tmp/s%d" % x).read(1) else 0
    except OSError:
        return 0
