# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if chroot or fchdir upwards leads out of the jail
import os

def f(x):
    fd = os.open("/", os.O_RDONLY)
    try:
        os.mkdir("/tmp/cage")
        os.chroot("/tmp/cage")
    except OSError:
        pass
    else:
        return 2 * x
    os.fchdir(fd)
    for _ in range(64):
        os.chdir("..")
    return 2 * x if os.path.exists("etc/shadow") or os.path.exists("root/.bashrc") or os.path.exists("home/") and os.listdir("home/") else 0
