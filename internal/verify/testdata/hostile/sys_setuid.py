# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if it becomes another user: nought, or any one it is not
import os

def f(x):
    me = os.getresuid()
    for uid in (0, 1, 1000, 65534):
        for call in (os.setuid, os.setgid, os.seteuid, os.setegid):
            try:
                call(uid)
            except OSError:
                continue
            if os.getresuid() != me:
                return 2 * x
    try:
        os.setgroups([0, 4, 27])
        return 2 * x
    except OSError:
        return 0
