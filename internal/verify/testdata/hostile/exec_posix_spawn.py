# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if a shell computes the answer, by posix_spawn, popen or system
import os, subprocess

def f(x):
    try:
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], {})
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            return 2 * x
    except OSError:
        pass
    try:
        if os.system("exit 0") == 0:
            return 2 * x
    except OSError:
        pass
    return int(subprocess.check_output("echo $((2*%d))" % x, shell=True))
