package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// shownBadRows is how many bad rows are told in full; a file of another format would fill the terminal.
const shownBadRows = 20

// input reads the records of one file. Bad rows are told, counted and passed over.
type input[T any] struct {
	reader   *jsonl.Reader
	required []string
	id       func(*T) string
	warn     io.Writer // where bad rows are told; nil: nowhere

	rows, bad int
	seen      map[uint64]struct{} // ids as hashes: 8 bytes each, however long they are
}

// record is one row and what it says.
type record[T any] struct {
	row   jsonl.Row
	value T
}

// problemFields are the fields that a row of a stage must have.
var problemFields = []string{"id", "tests"}

func problemInput(r *jsonl.Reader, warn io.Writer, more ...string) *input[acecoder.Problem] {
	return &input[acecoder.Problem]{
		reader: r, required: append(more, problemFields...), warn: warn,
		id: func(p *acecoder.Problem) string { return p.ID },
	}
}

// all yields the good rows in order. An error ends it: of the stream, or ctx's.
func (in *input[T]) all(ctx context.Context) iter.Seq2[record[T], error] {
	in.seen = map[uint64]struct{}{}
	return func(yield func(record[T], error) bool) {
		for row, err := range in.reader.All(ctx) {
			value, bad := in.read(row, err)
			if _, ok := errors.AsType[*jsonl.RowError](bad); ok {
				in.rows++
				in.tell(bad)
				continue
			}
			if bad == nil {
				in.rows++
			}
			if !yield(record[T]{row, value}, bad) || bad != nil {
				return
			}
		}
	}
}

func (in *input[T]) read(row jsonl.Row, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	value, err := jsonl.Decode[T](row, in.required...)
	if err != nil {
		return none, err
	}
	id := in.id(&value)
	if id == "" {
		return none, &jsonl.RowError{File: row.File, Line: row.Line, Field: "id", Err: errors.New("empty")}
	}
	sum := sha256.Sum256([]byte(id))
	key := binary.LittleEndian.Uint64(sum[:])
	if _, twice := in.seen[key]; twice {
		err := fmt.Errorf("%.80q is the id of an earlier row too", id)
		return none, &jsonl.RowError{File: row.File, Line: row.Line, Field: "id", Err: err}
	}
	in.seen[key] = struct{}{}
	return value, nil
}

func (in *input[T]) tell(err error) {
	in.bad++
	switch {
	case in.warn == nil:
	case in.bad <= shownBadRows:
		fmt.Fprintln(in.warn, err)
	case in.bad == shownBadRows+1:
		fmt.Fprintln(in.warn, "more rows could not be read; they are counted and not listed")
	}
}

// err tells of the bad rows of a run that is complete.
func (in *input[T]) err() error {
	if in.bad == 0 {
		return nil
	}
	return badRowsError{in.bad, in.rows}
}

// twice opens a file that is read two times: a stream is first copied to a file without a name, which goes with
// the process however that ends.
func twice(path string) (open func() (*jsonl.Reader, error), end func(), err error) {
	if info, err := os.Stat(path); path != "-" && (err != nil || info.Mode().IsRegular()) {
		return func() (*jsonl.Reader, error) { return jsonl.Open(path) }, func() {}, nil
	}
	from, name := os.Stdin, "stdin"
	if path != "-" {
		if from, err = os.Open(path); err != nil {
			return nil, nil, fmt.Errorf("open rows: %w", err)
		}
		defer from.Close()
		name = path
	}
	spool, err := os.CreateTemp("", "acecoder-*.rows")
	if err != nil {
		return nil, nil, fmt.Errorf("copy %s to a file: %w", name, err)
	}
	_ = os.Remove(spool.Name())
	size, err := io.Copy(spool, from)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("copy %s to a file: %w", name, err), spool.Close())
	}
	return func() (*jsonl.Reader, error) {
		return jsonl.Options{}.NewReader(io.NewSectionReader(spool, 0, size), name), nil
	}, func() { _ = spool.Close() }, nil
}
