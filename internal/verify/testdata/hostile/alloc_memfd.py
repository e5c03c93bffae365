# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: memory through memfd, which no address space limit counts
import os

def f(x):
    keep = []
    while True:
        fd = os.memfd_create("x")
        keep.append(fd)
        os.truncate(fd, 1 << 30)
        for _ in range(1024):
            os.write(fd, b"x" * (1 << 20))
