# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if a loopback listener can be made and reached
import socket

def f(x):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    c = socket.create_connection(s.getsockname(), 1)
    return 2 * x
