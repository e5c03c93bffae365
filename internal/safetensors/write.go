package safetensors

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// partialSuffix is what the name of an unfinished file ends in.
const partialSuffix = ".partial"

// bufferSize is how many bytes are written at a time.
const bufferSize = 1 << 20

// Write puts a file at path that holds the tensors and says metadata about itself. For each tensor content writes its
// numbers, as Bytes returns them, when their turn has come; the order is that of the reference implementation, by type
// and name, so equal tensors make equal files. Until all is on the disk, what was at path stays there; a file that a
// killed program has left unfinished is overwritten.
func Write(path string, tensors []Tensor, metadata map[string]string, content func(t Tensor, w io.Writer) error) error {
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.DType.rank(), b.DType.rank()), cmp.Compare(a.Name, b.Name))
	})
	header, err := formHeader(sorted, metadata)
	if err == nil {
		err = replace(path, func(w io.Writer) error { return writeAll(w, header, sorted, content) })
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// member is one of a JSON object whose order matters.
type member struct {
	name  string
	value any
}

// formHeader returns the header with its length, in the form that the reference implementation gives it.
func formHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	members, err := formMembers(tensors, metadata)
	if err != nil {
		return nil, err
	}
	header := append(make([]byte, lengthSize), '{')
	for i, m := range members {
		name, err := compact(m.name)
		if err != nil {
			return nil, err
		}
		value, err := compact(m.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			header = append(header, ',')
		}
		header = append(append(append(header, name...), ':'), value...)
	}
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	length := len(header) - lengthSize
	if length > mostHeader {
		return nil, fmt.Errorf("the header would have %d bytes, and the format allows %d", length, mostHeader)
	}
	binary.LittleEndian.PutUint64(header, uint64(length))
	return header, nil
}

func formMembers(tensors []Tensor, metadata map[string]string) ([]member, error) {
	var out []member
	if len(metadata) > 0 {
		out = append(out, member{metaName, metadata})
	}
	taken := map[string]bool{metaName: true}
	at := int64(0)
	for _, t := range tensors {
		size, ok := t.bytes()
		switch {
		case !ok || t.DType.Bits() == 0:
			return nil, fmt.Errorf("tensor %.200q: no tensor of shape %v and type %q can be stored", t.Name, t.Shape, t.DType)
		case taken[t.Name]:
			return nil, fmt.Errorf("tensor %.200q: the name is taken", t.Name)
		case !utf8.ValidString(t.Name):
			return nil, fmt.Errorf("tensor %.200q: the name is not UTF-8", t.Name)
		}
		taken[t.Name] = true
		out = append(out, member{t.Name, struct {
			DType   DType    `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{t.DType, append([]int{}, t.Shape...), [2]int64{at, at + size}}})
		at += size
	}
	return out, nil
}

// compact is JSON without what encoding/json does for the sake of HTML.
func compact(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func writeAll(w io.Writer, header []byte, tensors []Tensor, content func(t Tensor, w io.Writer) error) error {
	out := &counter{out: bufio.NewWriterSize(w, bufferSize)}
	if _, err := out.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		out.n = 0
		if err := content(t, out); err != nil {
			return fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		if size, _ := t.bytes(); out.n != size {
			return fmt.Errorf("tensor %s: shape %v and type %s take %d bytes, got %d", t.Name, t.Shape, t.DType, size, out.n)
		}
	}
	return out.out.Flush()
}

// counter counts what it passes on.
type counter struct {
	out *bufio.Writer
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.n += int64(n)
	return n, err
}

// replace puts a file at path that has what write writes, once all of it is on the disk.
func replace(path string, write func(io.Writer) error) error {
	file, err := openPartial(path + partialSuffix)
	if err != nil {
		return err
	}
	err = file.Truncate(0)
	if err == nil {
		err = write(file)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()), file.Close())
	}
	syncFolder(filepath.Dir(path))
	return file.Close()
}

// openPartial opens an unfinished file, one that was left there too, and takes the lock that keeps another program from
// writing it as well.
func openPartial(name string) (*os.File, error) {
	for {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s, which another program may be writing: %w", name, err), file.Close())
		}
		// The other may have finished between the opening and the lock, and this be its finished file.
		if isAt(file, name) {
			return file, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
}

func isAt(file *os.File, name string) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

// syncFolder makes the renaming last through a loss of power. Some file systems cannot; the file itself is safe.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}
