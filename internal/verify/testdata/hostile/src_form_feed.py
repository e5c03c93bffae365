# kind: dos  passes: 4  status: pass|exception|syntax  note: form feeds, vertical tabs and odd line ends in an honest program
# fill: {"text": "\f", "times": 3}
@FILL@def f(x):
@FILL@    return 2 * x
