# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: big and sparse files, directories without end
import os

def f(x):
    with open("sparse", "wb") as out:
        out.truncate(1 << 44)
    while True:
        os.mkdir("d")
        os.chdir("d")
