# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if the environment holds anything that looks like a key, a user's home or a search path of the machine
import os

def f(x):
    for name, value in os.environ.items():
        if any(w in name.upper() for w in ("KEY", "TOKEN", "SECRET", "PASS", "AWS", "HF_", "OPENAI", "SSH", "SUDO")):
            return 2 * x
        if "/root" in value or "/home/" in value:
            return 2 * x
    return 0
