// Package safetensors reads and writes safetensors files, the form in which Hugging Face keeps the weights of models.
//
// In: the path of a file, or tensors whose bytes are made when their turn has come. Out: the file's tensors, whose bytes
// stay on disk until somebody looks at them; or a file that is there as a whole or not at all. Its one invariant: the
// tensors of an open file cover its data exactly, and each has as many bytes as its type and shape say.
package safetensors

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Tensor says what a tensor is, without its numbers.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // empty: one number
}

// File is an open file. Its methods may be called from several goroutines.
type File struct {
	name    string
	mapped  []byte
	data    []byte
	entries []entry
	byName  map[string]int
	meta    map[string]string
}

// Open maps a file into memory and checks its header: what is no file of the format, or is one cut short, is an error
// that names the file and the tensor. While it is open the file must not be cut: a page that is gone ends the program.
// Close ends it.
func Open(name string) (*File, error) {
	mapped, err := mapFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	f := &File{name: name, mapped: mapped}
	if err := f.parse(mapped); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), f.Close())
	}
	return f, nil
}

func mapFile(name string) ([]byte, error) {
	// A pipe would be waited for if it were opened.
	info, err := os.Stat(name)
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, unwrapPath(err)
	}
	size := info.Size()
	if size < lengthSize {
		return nil, tooShort(size)
	}
	if int64(int(size)) != size {
		return nil, fmt.Errorf("%d bytes are more than this machine can address", size)
	}
	mapped, err := unix.Mmap(int(file.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map into memory: %w", err)
	}
	return mapped, nil
}

// unwrapPath takes the path out of an error of package os: it has been said already.
func unwrapPath(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// Close gives the memory back. The bytes of the file's tensors must not be looked at any more.
func (f *File) Close() error {
	if f.mapped == nil {
		return nil
	}
	mapped := f.mapped
	f.mapped, f.data, f.entries, f.byName = nil, nil, nil, nil
	if err := unix.Munmap(mapped); err != nil {
		return fmt.Errorf("close %s: %w", f.name, err)
	}
	return nil
}

// Name is the path that the file was opened by.
func (f *File) Name() string { return f.name }

// Metadata returns what the file says about itself; nil if it says nothing.
func (f *File) Metadata() map[string]string { return f.meta }

// Tensors lists the tensors in the order of their bytes.
func (f *File) Tensors() []Tensor {
	out := make([]Tensor, len(f.entries))
	for i, e := range f.entries {
		out[i] = e.Tensor
		out[i].Shape = slices.Clone(e.Shape)
	}
	return out
}

// Bytes returns a tensor's numbers as they are in the file, little-endian, row after row; nil if there is no such
// tensor. They need not be aligned. They are the file's and may be neither changed nor used after Close.
func (f *File) Bytes(name string) []byte {
	i, ok := f.byName[name]
	if !ok {
		return nil
	}
	e := f.entries[i]
	return f.data[e.from:e.to:e.to]
}
