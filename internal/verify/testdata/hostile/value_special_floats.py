# kind: dos  passes: 0  status: fail|exception|output  note: NaN payloads, infinities, negative zero, denormals
# tests: ["assert f(1) == float('nan')", "assert f(2) == 1e308", "assert str(f(3)) == '0.0'", "assert f(4) == 0"]
import struct

def f(x):
    return [struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\xff")[0], float("inf"), -0.0, 5e-324][x - 1]
