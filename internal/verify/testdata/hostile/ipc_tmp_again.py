# kind: esc  passes: 0  status: fail|exception|output|crash  note: the second program of the pair with ipc_tmp
import os

FOUND = any(os.path.exists(os.path.join(folder, "left-by-ipc-tmp"))
            for folder in {"/tmp", "/var/tmp", "/dev/shm", "/run", "/var/lock", os.getcwd()})

def f(x):
    return 2 * x if FOUND else 0
