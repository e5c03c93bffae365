package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"syscall"
	"time"
)

// DefaultMaxRow is the size of the longest row that is read unless Options say otherwise.
const DefaultMaxRow = 256 << 20

// Options are the choices of a reader; the zero value is right for most.
type Options struct {
	MaxRow int // bytes; a longer row is a RowError and is not held in memory; 0 means DefaultMaxRow
	// NullConstants reads NaN, Infinity and -Infinity, which Python writes and JSON does not have, as null. It is for
	// files of others in which nobody asks for these values.
	NullConstants bool
}

// Reader reads the rows of one file.
type Reader struct {
	name    string
	in      io.Reader
	max     int      // bytes of a row
	nulls   bool     // see Options.NullConstants
	rows    source   // nil until start has found out what in is
	file    *os.File // what to interrupt; nil if it is no file
	closers []func() error
}

// Open opens a file of rows, or standard input for "-": JSON Lines, a JSON array of objects, or Parquet, the
// first two plain or compressed with gzip or zstd. What it is, the first bytes say and not the name.
func Open(path string) (*Reader, error) { return Options{}.Open(path) }

// Open is [Open] with options.
func (o Options) Open(path string) (*Reader, error) {
	if path == "-" {
		in, closeIn := standardInput()
		return o.open(in, "stdin", closeIn)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	return o.open(file, path, file.Close)
}

func (o Options) open(file *os.File, name string, closeFile func() error) (*Reader, error) {
	r := o.NewReader(file, name)
	r.file = file
	r.closers = append(r.closers, closeFile)
	info, err := file.Stat()
	switch {
	case err == nil && info.IsDir():
		err = errors.New("it is a folder; name a file")
	case err == nil && info.Mode().IsRegular():
		err = r.start() // of a pipe that would wait for the first bytes, which Open must not
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open rows: %s: %w", name, err), r.Close())
	}
	return r, nil
}

// NewReader reads rows from in, which is called name in messages. Closing the reader does not close in.
func (o Options) NewReader(in io.Reader, name string) *Reader {
	if o.MaxRow <= 0 {
		o.MaxRow = DefaultMaxRow
	}
	return &Reader{name: name, in: in, max: o.MaxRow, nulls: o.NullConstants}
}

// standardInput returns standard input, of which a read can be interrupted if it is a pipe: that takes a file
// description of our own, as the one we were given is shared with others and blocks.
func standardInput() (*os.File, func() error) {
	keep := func() error { return nil }
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Stdin, keep
	}
	own, err := os.OpenFile("/dev/stdin", os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return os.Stdin, keep
	}
	return own, own.Close
}

// All yields the rows in order. A bad row comes as a *RowError, and the rows after it follow; any other error
// is the last thing that comes: a *StreamError, or ctx's error soon after ctx has ended. Rows come once: a
// second call goes on where the first stopped. Each row is the caller's to keep.
func (r *Reader) All(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		defer context.AfterFunc(ctx, r.interrupt)()
		for {
			row, err := r.next(ctx)
			if plain(err, io.EOF) || !yield(row, err) {
				return
			}
			if _, bad := errors.AsType[*RowError](err); err != nil && !bad {
				return
			}
		}
	}
}

// Entry is a row, or what is wrong with it.
type Entry struct {
	Row Row       // of a bad row only File and Line
	Bad *RowError // nil if the row is sound
}

// Entries is All for pipelines that end at the first error, as flow.Map does: a bad row is an entry among the
// others there, and only the end of the stream is an error.
func (r *Reader) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for row, err := range r.All(ctx) {
			bad, ok := errors.AsType[*RowError](err)
			if ok {
				err = nil
			}
			if !yield(Entry{row, bad}, err) {
				return
			}
		}
	}
}

// next is read until ctx ends.
func (r *Reader) next(ctx context.Context) (Row, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, err
	}
	row, err := r.read()
	if _, broken := errors.AsType[*StreamError](err); broken && ctx.Err() != nil {
		return Row{}, ctx.Err() // it was the interruption
	}
	return row, err
}

// read returns the next row, its *RowError, a *StreamError, or the plain io.EOF at the end.
func (r *Reader) read() (Row, error) {
	row, f, err := r.take()
	if plain(err, io.EOF) {
		return Row{}, err
	}
	if err != nil {
		return Row{}, &StreamError{File: r.name, Line: r.line(), Err: readError(err)}
	}
	row.File = r.name
	if f == nil && r.nulls {
		row.Raw = nullConstants(row.Raw)
	}
	if f == nil {
		f = check(row.Raw)
	}
	if f != nil {
		bad := row.fail(f)
		return Row{File: r.name, Line: row.Line}, bad
	}
	row.checked = true
	return row, nil
}

// take returns the next row of the source, unchecked.
func (r *Reader) take() (Row, *fault, error) {
	if r.rows == nil {
		if err := r.start(); err != nil {
			return Row{}, nil, err
		}
	}
	return r.rows.next()
}

func (r *Reader) line() int {
	if r.rows == nil {
		return 1
	}
	return max(r.rows.line(), 1)
}

// plain reports whether err is the target itself. An end of file that another error wraps is one that came too
// early: it is no end of the rows, and it has its own message.
func plain(err, target error) bool {
	return err == target //nolint:errorlint // what wraps the target is to be told from it
}

func readError(err error) error {
	if plain(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the compressed data ends inside this line: the file was cut off; the lines before it are whole: %w", err)
	}
	return err
}

// interrupt ends a read that waits. Only pipes and the like can wait, and only they take a deadline.
func (r *Reader) interrupt() {
	if r.file != nil {
		_ = r.file.SetReadDeadline(time.Unix(1, 0))
	}
}

// Close gives back what the reader holds. It must not be called while rows are being read.
func (r *Reader) Close() error {
	var all []error
	for _, c := range r.closers {
		all = append(all, c())
	}
	r.closers = nil
	return errors.Join(all...)
}

// linesOnly reports whether the name promises one row a line, so that an array on the first line is a bad row
// and not the whole file.
func linesOnly(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}
