# kind: esc  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: right only if a name left in the abstract namespace by an earlier test, or one of the machine, can be reached
import socket

keep = []

def f(x):
    for name in ("\0/tmp/.X11-unix/X0", "\0left-behind", "/run/dbus/system_bus_socket", "/var/run/docker.sock", "/run/systemd/private"):
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect(name)
            return 2 * x
        except OSError:
            pass
    return 0
