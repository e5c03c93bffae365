# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: right only if it holds capabilities, or can set ambient ones
import ctypes, struct

def f(x):
    libc = ctypes.CDLL(None)
    head = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(24)
    if libc.syscall(125, head, data) == 0:
        eff0, per0, inh0, eff1, per1, inh1 = struct.unpack("<6I", data.raw)
        if eff0 or per0 or eff1 or per1:
            return 2 * x
    return 2 * x if libc.prctl(47, 2, 21, 0, 0) == 0 else 0
