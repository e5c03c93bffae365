# kind: dos  passes: 0  status: fail|exception|syntax  note: right-to-left marks that hide code in a comment
# fill: {"text": "\u202e\u2066", "times": 1}
def f(x):
    return 0 # @FILL@ return 2 * x
