# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if the mode of another user's file can be set, or files can be given away
import os, stat

def f(x):
    path = "/tmp/suid%d" % x
    open(path, "w").close()
    try:
        os.chown(path, os.getuid() + 1, -1)
        return 2 * x
    except OSError:
        pass
    try:
        os.chmod("/usr/bin/python3", os.stat("/usr/bin/python3").st_mode & 0o7777)
        return 2 * x
    except OSError:
        return 0
