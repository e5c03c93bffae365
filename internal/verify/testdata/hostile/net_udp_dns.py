# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if a datagram leaves, on IPv4 or IPv6, or a name is found
import socket

def f(x):
    for family, to in ((socket.AF_INET, ("8.8.8.8", 53)), (socket.AF_INET6, ("2001:4860:4860::8888", 53))):
        try:
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.sendto(b"x", to)
            return 2 * x
        except OSError:
            pass
    try:
        socket.getaddrinfo("example.com", 80)
        return 2 * x
    except OSError:
        return 0
