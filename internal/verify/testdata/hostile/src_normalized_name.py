# kind: dos  passes: 4  status: pass|exception  note: a full-width f is the name f for Python, and honest
def ｆ(x):
    return 2 * x
