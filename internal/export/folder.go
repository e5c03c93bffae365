package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// manifestName is the file by which an earlier export is known; its tool says so.
const (
	manifestName = "manifest.json"
	tool         = "acecoder export"
)

// folder is a folder that becomes another one as a whole.
type folder struct {
	path string   // what it becomes
	work string   // where it is written, beside
	lock *os.File // held on work
}

func beginFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := mayReplace(path); err != nil {
		return nil, err
	}
	f := &folder{path: path, work: filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".partial")}
	if err := os.MkdirAll(f.work, 0o777); err != nil {
		return nil, err
	}
	if f.lock, err = os.Open(f.work); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is being written by another run", path), f.lock.Close())
	}
	// What a run that was killed has left.
	if err := empty(f.work); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	return f, nil
}

// mayReplace refuses folders that may hold something else: they would be gone.
func mayReplace(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder; a data set is one", path)
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 {
		return err
	}
	text, _ := os.ReadFile(filepath.Join(path, manifestName))
	var m manifest
	if json.Unmarshal(text, &m) != nil || m.Tool != tool {
		return fmt.Errorf("%s holds other files and is not replaced; name a new folder, or remove it", path)
	}
	return nil
}

func empty(path string) error {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
	}
	return err
}

// commit puts the folder in its place, in one step also where an earlier export stands there.
func (f *folder) commit() error {
	defer f.lock.Close()
	err := os.Rename(f.work, f.path) // also over an empty folder
	if err == nil {
		syncFolder(filepath.Dir(f.path))
		return nil
	}
	if err := unix.Renameat2(unix.AT_FDCWD, f.work, unix.AT_FDCWD, f.path, unix.RENAME_EXCHANGE); err == nil {
		syncFolder(filepath.Dir(f.path))
		return os.RemoveAll(f.work) // the earlier one
	}
	// A file system that cannot exchange: for a moment there is none.
	if err := os.RemoveAll(f.path); err != nil {
		return err
	}
	return os.Rename(f.work, f.path)
}

func (f *folder) abort() error { return errors.Join(os.RemoveAll(f.work), f.lock.Close()) }

// write writes a file below the folder.
func (f *folder) write(name string, text []byte) error {
	return os.WriteFile(filepath.Join(f.work, name), text, 0o666)
}

// files lists what is below the folder, in the order of the names.
func (f *folder) files() ([]string, error) {
	var names []string
	err := filepath.WalkDir(f.work, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(f.work, name)
		names = append(names, filepath.ToSlash(relative))
		return err
	})
	return names, err
}

// size is how many bytes all its files have.
func (f *folder) size() (int64, error) {
	names, err := f.files()
	var size int64
	for _, name := range names {
		info, failed := os.Stat(filepath.Join(f.work, filepath.FromSlash(name)))
		if failed != nil {
			return 0, failed
		}
		size += info.Size()
	}
	return size, err
}

// syncFolder makes a renaming last through a loss of power, where the file system can.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
