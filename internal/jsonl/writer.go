package jsonl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// PartialSuffix is what the name of an unfinished output ends in. It is always plain JSON Lines, whatever the
// output becomes, so that a run can be stopped anywhere and the file be read, cut and continued.
const PartialSuffix = ".partial"

// How long a row may wait in the buffer: somebody may be waiting at the other end of a pipe, while in a file
// only a kill would lose it.
const (
	flushFile   = time.Second
	flushStream = 50 * time.Millisecond
)

// keepBuffer is the largest row buffer that is kept for the next row.
const keepBuffer = 4 << 20

// Writer writes rows. Nothing is at the path until Close puts the whole file there; until then the rows are in
// <path>.partial. End it with exactly one of Close (done), Suspend (go on later with [Resume]) and Abort
// (forget it); calls after the first do nothing, so one of the others can be deferred. Its methods may be
// called from several goroutines.
type Writer struct {
	path   string // what it becomes; empty for a stream
	name   string // what is written to, for messages
	wait   time.Duration
	file   *os.File
	packer io.WriteCloser // of a stream: the compressor, or nil

	mu    sync.Mutex
	out   *bufio.Writer
	row   bytes.Buffer
	enc   *json.Encoder
	rows  int
	timer *time.Timer // runs while rows wait in the buffer
	armed bool
	ended bool
}

// Create begins an output; "-" is standard output. The name says the format: .gz and .zst are compressed,
// .parquet is Parquet, all else is JSON Lines. An unfinished output at the path is overwritten. What is no
// regular file, such as a pipe or /dev/null, is written to directly.
func Create(path string) (*Writer, error) {
	if path == "-" {
		return newWriter("", "stdout", os.Stdout, nil), nil
	}
	w, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("create rows: %w", err)
	}
	return w, nil
}

func create(path string) (*Writer, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a file", path)
	case err == nil && !info.Mode().IsRegular():
		return createStream(path)
	}
	file, err := openPartial(path)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return newWriter(path, path+PartialSuffix, file, nil), nil
}

func createStream(path string) (*Writer, error) {
	if isParquet(path) {
		return nil, fmt.Errorf("%s is no regular file, and Parquet cannot be written to anything else", path)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	packer, err := compressor(path, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return newWriter("", path, file, packer), nil
}

// openPartial opens the unfinished output and takes the lock that keeps a second run from writing it too.
func openPartial(path string) (*os.File, error) {
	name := path + PartialSuffix
	for {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("%s is being written by another run", name), file.Close())
		}
		// The other run may have finished between the opening and the lock, and this be its finished output.
		if sameFile(file, name) {
			return file, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
}

func sameFile(file *os.File, name string) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

func newWriter(path, name string, file *os.File, packer io.WriteCloser) *Writer {
	w := &Writer{path: path, name: name, wait: flushFile, file: file, packer: packer}
	if path == "" {
		w.wait = flushStream
	}
	var out io.Writer = file
	if packer != nil {
		out = packer
	}
	w.out = bufio.NewWriterSize(out, bufferSize)
	w.enc = json.NewEncoder(&w.row)
	w.enc.SetEscapeHTML(false) // programs are full of < and &
	return w
}

func isParquet(path string) bool { return strings.HasSuffix(path, ".parquet") }

// compressor returns what the name asks for; nil if it is neither .gz nor .zst. Its output depends on nothing
// but its input.
func compressor(path string, out io.Writer) (io.WriteCloser, error) {
	switch filepath.Ext(path) {
	case ".gz":
		return gzip.NewWriter(out), nil
	case ".zst":
		return zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
	}
	return nil, nil
}

// Write writes v, which must become a JSON object, as one row. The same values give the same bytes.
func (w *Writer) Write(v any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return fmt.Errorf("write %s: the output has been ended", w.name)
	}
	w.row.Reset()
	if err := w.enc.Encode(v); err != nil {
		return fmt.Errorf("write %s: row %d: %w", w.name, w.rows+1, err)
	}
	if kindOf(w.row.Bytes()[0]) != object {
		return fmt.Errorf("write %s: row %d: %T becomes %v, want an object", w.name, w.rows+1, v, kindOf(w.row.Bytes()[0]))
	}
	if _, err := w.out.Write(w.row.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", w.name, err)
	}
	w.rows++
	if w.row.Cap() > keepBuffer {
		w.row = bytes.Buffer{}
	}
	w.arm()
	return nil
}

// arm has the buffer flushed after a while.
func (w *Writer) arm() {
	switch {
	case w.armed || w.out.Buffered() == 0:
		return
	case w.timer == nil:
		w.timer = time.AfterFunc(w.wait, w.flushLater)
	default:
		w.timer.Reset(w.wait)
	}
	w.armed = true
}

func (w *Writer) flushLater() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	if !w.ended {
		_ = w.flush() // bufio.Writer keeps the error for the next write
	}
}

// flush hands everything to the system.
func (w *Writer) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", w.name, err)
	}
	if f, ok := w.packer.(interface{ Flush() error }); ok {
		if err := f.Flush(); err != nil {
			return fmt.Errorf("write %s: %w", w.name, err)
		}
	}
	return nil
}

// Rows returns how many rows the output has, those of the interrupted run included.
func (w *Writer) Rows() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rows
}

// Close finishes the output: compresses or converts it where the name asks for that, makes sure that it is on
// the disk, and puts it in its place. If that fails, the rows stay in the unfinished output.
func (w *Writer) Close() error {
	return w.end(func() error {
		if w.path == "" {
			return w.closeStream()
		}
		if err := errors.Join(w.flush(), w.file.Sync()); err != nil {
			return errors.Join(err, w.file.Close())
		}
		// The lock goes with the file, so the file is closed last.
		return errors.Join(w.finish(), w.file.Close())
	})
}

// Suspend leaves the rows in the unfinished output, for [Resume].
func (w *Writer) Suspend() error {
	return w.end(func() error {
		if w.path == "" {
			return w.closeStream()
		}
		return errors.Join(w.flush(), w.file.Close())
	})
}

// Abort removes the unfinished output. What has gone into a stream stays there.
func (w *Writer) Abort() error {
	return w.end(func() error {
		if w.path == "" {
			return w.closeStream()
		}
		return errors.Join(os.Remove(w.name), w.file.Close())
	})
}

// end runs the first of the endings.
func (w *Writer) end(how func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil
	}
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	return how()
}

func (w *Writer) closeStream() error {
	err := w.flush()
	if w.packer != nil {
		err = errors.Join(err, w.packer.Close())
	}
	if w.file != os.Stdout {
		err = errors.Join(err, w.file.Close())
	}
	return err
}

// finish turns the unfinished output, which is complete and on the disk, into the output.
func (w *Writer) finish() error {
	packed := isParquet(w.path) || filepath.Ext(w.path) == ".gz" || filepath.Ext(w.path) == ".zst"
	ready := w.name
	if packed {
		ready = w.path + ".tmp"
		if err := w.pack(ready); err != nil {
			return errors.Join(fmt.Errorf("finish %s (its rows are in %s): %w", w.path, w.name, err), os.Remove(ready))
		}
	}
	if err := os.Rename(ready, w.path); err != nil {
		return fmt.Errorf("finish %s: %w", w.path, err)
	}
	if packed {
		if err := os.Remove(w.name); err != nil {
			return fmt.Errorf("finish %s: %w", w.path, err)
		}
	}
	syncFolder(filepath.Dir(w.path))
	return nil
}

// pack writes the rows as the name of the output asks for.
func (w *Writer) pack(ready string) (err error) {
	out, err := os.Create(ready)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buf := bufio.NewWriterSize(out, bufferSize)
	if isParquet(w.path) {
		err = writeParquet(buf, w.name)
	} else {
		err = w.compress(buf)
	}
	if err != nil {
		return err
	}
	return errors.Join(buf.Flush(), out.Sync())
}

func (w *Writer) compress(out io.Writer) error {
	packer, err := compressor(w.path, out)
	if err != nil {
		return err
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	// Through an io.Writer of fixed buffers, so that the packed bytes do not depend on how the rows were read.
	if _, err := io.CopyBuffer(struct{ io.Writer }{packer}, struct{ io.Reader }{w.file}, make([]byte, bufferSize)); err != nil {
		return err
	}
	return packer.Close()
}

// syncFolder makes the renaming last through a loss of power. Some file systems cannot; the file itself is safe.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		folder.Close()
	}
}
