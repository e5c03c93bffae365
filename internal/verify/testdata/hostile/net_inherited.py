# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if an inherited descriptor is a socket with a named peer, a directory outside, or a terminal
import os, stat

def f(x):
    for fd in range(0, 256):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode) or os.isatty(fd):
            return 2 * x
        if stat.S_ISSOCK(mode):
            import socket
            try:
                if socket.socket(fileno=os.dup(fd)).getpeername():
                    return 2 * x
            except OSError:
                pass
    return 0
