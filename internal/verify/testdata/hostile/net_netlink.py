# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if netlink, packet, vsock, alg or raw sockets are to be had
import socket

def f(x):
    for args in ((16, 3, 0), (17, 3, 768), (40, 1, 0), (38, 5, 0), (2, 3, 1), (10, 3, 58), (15, 3, 2), (31, 3, 1), (30, 1, 0)):
        try:
            socket.socket(*args)
            return 2 * x
        except OSError:
            pass
    return 0
