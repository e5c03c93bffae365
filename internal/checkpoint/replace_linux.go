package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// partialSuffix is what the name of an unfinished folder ends in.
const partialSuffix = ".partial"

// replaceFolder has fill make a folder beside dir and puts it there in one step.
func replaceFolder(dir string, replace bool, fill func(partial string) error) (err error) {
	dir, err = target(dir)
	if err != nil {
		return err
	}
	old, err := mayReplace(dir, replace)
	if err != nil {
		return err
	}
	partial := dir + partialSuffix
	lock, err := openPartial(partial)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	err = fill(partial)
	if err == nil {
		err = lock.Sync()
	}
	if err == nil {
		err = put(partial, dir, old)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	syncFolder(filepath.Dir(dir))
	return nil
}

// target is the path with its last links followed, so that a link stays one.
func target(dir string) (string, error) {
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
		return dir, nil
	}
	return filepath.EvalSymlinks(dir)
}

// mayReplace reports whether there is a folder that is to be replaced.
func mayReplace(dir string, replace bool) (bool, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case len(entries) > 0 && !replace:
		return false, errors.New("the folder is there and not empty; name another, or ask for it to be replaced")
	}
	for _, e := range entries {
		if !e.Type().IsRegular() && e.Type() != os.ModeSymlink || !isModelFile(e.Name()) {
			return false, fmt.Errorf("it would be replaced, and has %q, which is none of a model's files; move it away, or name another folder", e.Name())
		}
	}
	return true, nil
}

// put renames the finished folder. Where there is one already the two change places, so that there is a model at the
// path at any moment.
func put(partial, dir string, old bool) error {
	if !old {
		return os.Rename(partial, dir)
	}
	// It will be at the partial path, which another program may take for its own unless it is locked.
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = unix.Renameat2(unix.AT_FDCWD, partial, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return putPlainly(partial, dir)
	case err != nil:
		return fmt.Errorf("put it in its place: %w", err)
	}
	return os.RemoveAll(partial)
}

// putPlainly is for file systems that cannot exchange: for a moment there is nothing at the path.
func putPlainly(partial, dir string) error {
	aside := dir + ".old"
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	if err := os.Rename(partial, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	return os.RemoveAll(aside)
}

// openPartial makes an empty folder, in place of one that was left there, and takes the lock that keeps another program
// from filling it as well.
func openPartial(name string) (*os.File, error) {
	for {
		if err := os.MkdirAll(name, 0o777); err != nil {
			return nil, err
		}
		folder, err := lockFolder(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // another has finished it just now
		}
		if err != nil {
			return nil, err
		}
		if isAt(folder, name) {
			if err := empty(folder, name); err != nil {
				return nil, errors.Join(err, folder.Close())
			}
			return folder, nil
		}
		if err := folder.Close(); err != nil {
			return nil, err
		}
	}
}

// lockFolder opens a folder that no other program has locked. The lock goes with the file.
func lockFolder(name string) (*os.File, error) {
	folder, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s, which another program may be writing: %w", name, err), folder.Close())
	}
	return folder, nil
}

func isAt(folder *os.File, name string) bool {
	held, err := folder.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

func empty(folder *os.File, name string) error {
	names, err := folder.Readdirnames(-1)
	for _, n := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(name, n)))
	}
	return err
}

// syncFolder makes a renaming last through a loss of power. Some file systems cannot; the files themselves are safe.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}
