# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: memory through mmap, touched page by page
import mmap

def f(x):
    keep = []
    while True:
        m = mmap.mmap(-1, 64 * 2**20)
        for i in range(0, len(m), 4096):
            m[i] = 1
        keep.append(m)
