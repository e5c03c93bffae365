package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// jailName is argv[0] of the process that builds a jail. A jail has to be built from inside its namespaces, by
// a process that then becomes the interpreter, so this program starts itself under that name; init catches it
// before anything else runs, in the tests' binaries too.
const jailName = "acecoder-jail"

// Descriptors that the jail's process inherits, in the order of exec.Cmd.ExtraFiles.
const (
	fdBoot = 3 + iota
	fdRequest
	fdResponse
	fdShared
	fdPeer
	fdJail
)

// jail is what the process under jailName is told.
type jail struct {
	Level   Level    `json:"level"`
	Python  string   `json:"python"`
	Folders []string `json:"folders"` // shown read-only, besides systemFolders
	Work    string   `json:"work"`    // the only folder that may be written
	TmpSize Size     `json:"tmp_size"`
	Env     []string `json:"env"`
	Fixed   bool     `json:"fixed"` // at the same addresses every time
}

// addrNoRandomize is ADDR_NO_RANDOMIZE of personality(2).
const addrNoRandomize = 0x0040000

// bootCode reads the configuration and the zygote's source and becomes it.
const bootCode = `import marshal;C=marshal.load(open(3,'rb'));exec(compile(C['zygote'],'<zygote>','exec'),{'C':C,'__name__':'zygote'})`

func init() {
	if len(os.Args) == 0 || os.Args[0] != jailName {
		return
	}
	// Landlock and no_new_privs belong to a thread: stay on this one until it becomes the interpreter.
	runtime.LockOSThread()
	err := enter()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(94)
}

func enter() error {
	var j jail
	f := os.NewFile(fdJail, "jail")
	if err := json.NewDecoder(f).Decode(&j); err != nil {
		return fmt.Errorf("jail: its configuration: %w", err)
	}
	f.Close()
	// Whatever else the supervisor had inherited itself and left open to its children is not for this one.
	if err := unix.CloseRange(fdJail, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("jail: close what was inherited: %w", err)
	}
	// Should the supervisor die, however it dies, everything in this jail goes with it.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("jail: parent-death signal: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("jail: no_new_privs: %w", err)
	}
	build := j.mountAll
	if j.Level == LevelC {
		build = j.landlock
	}
	if err := build(); err != nil {
		return fmt.Errorf("jail: %w", err)
	}
	if j.Fixed {
		// Sets of objects are ordered by address. A jail that may not choose its own has chance in that, and no harm.
		_, _, _ = unix.RawSyscall(unix.SYS_PERSONALITY, addrNoRandomize, 0, 0)
	}
	unix.Umask(0o077)
	for fd := fdBoot; fd < fdJail; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return fmt.Errorf("jail: descriptor %d: %w", fd, err)
		}
	}
	args := []string{"python3", "-S", "-s", "-B", "-c", bootCode}
	return fmt.Errorf("jail: run %s: %w", j.Python, unix.Exec(j.Python, args, j.Env))
}

// mountAll builds a root of its own: an empty tmpfs with the system's folders and the interpreter's bound
// read-only, four devices, and one small writable tmpfs, usually on /tmp. There is no /proc and no /sys.
func (j jail) mountAll() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// Sources are held open first: the new root is built on /tmp, and some of them may lie below it.
	sources, err := j.sources()
	if err != nil {
		return err
	}
	const root = "/tmp"
	if err := unix.Mount("jail", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,nr_inodes=1k,mode=755"); err != nil {
		return fmt.Errorf("mount the new root: %w", err)
	}
	for _, s := range sources {
		if err := s.attach(root); err != nil {
			return err
		}
	}
	tmp := root + j.Work
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	options := fmt.Sprintf("size=%d,nr_inodes=8k,mode=700", j.TmpSize)
	if err := unix.Mount("tmp", tmp, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount %s: %w", j.Work, err)
	}
	return pivot(root, j.Work)
}

// pivot makes root the process's root, lets go of the old one and goes to the working folder.
func pivot(root, work string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	// The old root now lies over the new one at "."; detaching it there needs no folder to put it in.
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("detach the old root: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return unix.Chdir(work)
}

// source is one thing that the new root shows.
type source struct {
	path string
	fd   int
	link string // a symbolic link is made again instead of bound
	dir  bool
	dev  bool
}

func (j jail) sources() ([]source, error) {
	var out []source
	for _, path := range append(append([]string{}, systemFolders...), j.Folders...) {
		s, err := open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	for _, path := range []string{"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"} {
		s, err := open(path)
		if err != nil {
			return nil, err
		}
		s.dev = true
		out = append(out, s)
	}
	return out, nil
}

func open(path string) (source, error) {
	st, err := os.Lstat(path)
	if err != nil {
		return source{}, err
	}
	if st.Mode()&os.ModeSymlink != 0 {
		link, err := os.Readlink(path)
		return source{path: path, fd: -1, link: link}, err
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return source{}, fmt.Errorf("open %s: %w", path, err)
	}
	return source{path: path, fd: fd, dir: st.IsDir()}, nil
}

func (s source) attach(root string) error {
	at := root + s.path
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if s.link != "" {
		return os.Symlink(s.link, at)
	}
	if s.dir {
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
	} else if err := os.WriteFile(at, nil, 0o644); err != nil {
		return err
	}
	from := fmt.Sprintf("/proc/self/fd/%d", s.fd)
	if err := unix.Mount(from, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", s.path, err)
	}
	unix.Close(s.fd)
	if s.dev {
		return nil
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	err := unix.MountSetattr(unix.AT_FDCWD, at, unix.AT_RECURSIVE, &attr)
	if errors.Is(err, unix.ENOSYS) {
		// Before Linux 5.12 only the mount itself can be made read-only, not what is mounted below it.
		err = unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, "")
	}
	if err != nil {
		return fmt.Errorf("make %s read-only: %w", s.path, err)
	}
	return nil
}

// environment is all that a zygote's environment holds. Hash seed, time zone and locale are fixed, so that two
// runs of one program agree; the thread counts keep a task on the one core that its slot stands for.
func environment(work string, hashSeed int) []string {
	env := []string{
		"PATH=/usr/bin:/bin", "HOME=" + work, "TMPDIR=" + work, "TZ=UTC", "LC_ALL=C.UTF-8", "LANG=C.UTF-8",
		fmt.Sprintf("PYTHONHASHSEED=%d", hashSeed), "PYTHONDONTWRITEBYTECODE=1", "PYTHONNOUSERSITE=1", "PYTHONSAFEPATH=1",
	}
	for _, name := range strings.Fields("OPENBLAS OMP MKL NUMEXPR") {
		env = append(env, name+"_NUM_THREADS=1")
	}
	return env
}
