# kind: esc  passes: 0  status: fail|exception|timeout|crash|missing_dependency  note: right only if a denied call (socketcall, 32-bit) gets through int 0x80 in memory of its own
import ctypes, mmap

def f(x):
    m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # push rbx; mov eax, 359 (socket); mov ebx, 1; mov ecx, 1; xor edx, edx; int 0x80; pop rbx; ret
    m.write(b"\x53\xb8\x67\x01\x00\x00\xbb\x01\x00\x00\x00\xb9\x01\x00\x00\x00\x31\xd2\xcd\x80\x5b\xc3")
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
    return 2 * x if 0 <= call() < 4096 else 0
