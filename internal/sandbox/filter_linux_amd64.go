package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// allowedHere are the older forms of allowed calls that only this machine has.
var allowedHere = []uint32{
	unix.SYS_OPEN, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_ACCESS, unix.SYS_POLL, unix.SYS_SELECT, unix.SYS_DUP2,
	unix.SYS_PIPE, unix.SYS_READLINK, unix.SYS_UNLINK, unix.SYS_RENAME, unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_LINK,
	unix.SYS_SYMLINK, unix.SYS_CHMOD, unix.SYS_CREAT, unix.SYS_TIME, unix.SYS_ALARM, unix.SYS_PAUSE, unix.SYS_GETDENTS,
	unix.SYS_ARCH_PRCTL, unix.SYS_EPOLL_CREATE, unix.SYS_EPOLL_WAIT, unix.SYS_EVENTFD, unix.SYS_GETPGRP,
	unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_GETRLIMIT, unix.SYS_SETRLIMIT,
}

// deniedHere are the older forms of what childFilter denies.
var deniedHere = []uint32{unix.SYS_CHMOD, unix.SYS_UTIME, unix.SYS_UTIMES}
