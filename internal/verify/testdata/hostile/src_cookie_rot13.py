# kind: dos  passes: 0  status: fail|exception|syntax  note: a cookie of a codec that is no text encoding
# -*- coding: rot13 -*-
qrs s(k):
    erghea 2 * k
