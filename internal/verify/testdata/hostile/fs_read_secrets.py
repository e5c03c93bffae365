# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if a file of the machine that is none of its business can be read
import os

def f(x):
    for path in ("/etc/shadow", "/etc/gshadow", "/etc/ssh/sshd_config", "/root/.bashrc", "/root/.ssh", "/home", "/etc/hostname",
                 "/etc/machine-id", "/var/log/dpkg.log", "/etc/resolv.conf", "/etc/hosts"):
        try:
            if os.path.isdir(path):
                if os.listdir(path):
                    return 2 * x
            elif open(path, "rb").read(1):
                return 2 * x
        except OSError:
            pass
    return 0
