# kind: esc  passes: 0  status: fail|exception|timeout|crash|missing_dependency  note: right only if a traced child can be had, whose system calls one could rewrite
import ctypes, os, signal

def f(x):
    libc = ctypes.CDLL(None)
    pid = os.fork()
    if pid == 0:
        os._exit(7 if libc.ptrace(0, 0, 0, 0) == 0 else 0)
    _, status = os.waitpid(pid, 0)
    return 2 * x if os.waitstatus_to_exitcode(status) == 7 else 0
