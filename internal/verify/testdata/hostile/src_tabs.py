# kind: dos  passes: 0  status: syntax  note: tabs and blanks mixed so that the meaning depends on the tab width
# fill: {"text": "\t", "times": 1}
def f(x):
        y = 0
@FILL@y = 2 * x
@FILL@    return y
