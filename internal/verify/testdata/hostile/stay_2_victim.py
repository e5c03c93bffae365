# kind: hack  passes: 0  status: fail  note: honest and wrong; judged after stay_1_linger, it must get nothing from it
def f(x):
    return 0
