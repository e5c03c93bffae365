# kind: dos  passes: 0  status: fail|exception|syntax  note: nothing at all
