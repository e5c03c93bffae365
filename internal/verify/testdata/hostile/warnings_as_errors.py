# kind: hack  passes: 0  status: fail|exception|output|crash  note: every warning is an error, and showing one ends the process
import os, sys, warnings

warnings.simplefilter("error")
warnings.showwarning = lambda *a, **k: os._exit(0)
sys.warnoptions.append("error")

def f(x):
    return 0
