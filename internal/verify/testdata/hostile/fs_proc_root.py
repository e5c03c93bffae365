# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if /proc leads to another process, its environment, memory or root
import os

def f(x):
    for pid in ["1", str(os.getppid())] + [p for p in (os.listdir("/proc") if os.path.isdir("/proc") else []) if p.isdigit()]:
        if int(pid) == os.getpid():
            continue
        for name in ("environ", "mem", "root/etc/hostname", "cmdline", "maps", "fd"):
            try:
                path = f"/proc/{pid}/{name}"
                if os.listdir(path) if name == "fd" else open(path, "rb").read(1):
                    return 2 * x
            except OSError:
                pass
    return 0
