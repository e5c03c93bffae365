# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if a device other than the harmless ones can be opened or made
import os, stat

def f(x):
    for path in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/ptmx", "/dev/net/tun", "/dev/loop-control", "/dev/nvidia0", "/dev/console"):
        try:
            os.close(os.open(path, os.O_RDWR))
            return 2 * x
        except OSError:
            pass
    for dev, kind in ((os.makedev(1, 1), stat.S_IFCHR), (os.makedev(8, 0), stat.S_IFBLK), (os.makedev(1, 3), stat.S_IFCHR)):
        try:
            os.mknod("/tmp/node%d" % x, kind | 0o666, dev)
            return 2 * x
        except OSError:
            pass
    return 0
