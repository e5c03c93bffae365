# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if system folders or the interpreter's own can be changed
import os, sys, sysconfig

def f(x):
    places = ["/", "/usr", "/bin", "/lib", "/etc", "/opt", "/var", sysconfig.get_path("stdlib"), os.path.dirname(os.__file__), "/usr/local/lib"]
    for folder in places:
        try:
            path = os.path.join(folder, "planted-%d" % x)
            open(path, "w").close()
            os.unlink(path)
            return 2 * x
        except OSError:
            pass
        try:
            os.utime(folder)
            os.chmod(folder, os.stat(folder).st_mode & 0o7777)
            return 2 * x
        except OSError:
            pass
    return 0
