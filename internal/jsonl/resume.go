package jsonl

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Done walks over the rows that an interrupted run has written, in their order, beside the input of the run
// that goes on. It holds one of them at a time.
type Done struct {
	name string
	key  func(json.RawMessage) (string, bool)
	file *os.File
	rows lines
	left int
	id   string // of the next row
	have bool   // id is set
}

// Resume goes on with the unfinished output of an interrupted run, or begins a new one if there is none. The
// path is as in [Create], but must be that of a file. key finds the id of a row.
//
// The last row is cut off if it was not written to its end. Rows are written in the order of the input, so the
// ones that are done are the input's first: ask Done of each row of the input before working on it. What
// comes out in the end is then, byte for byte, what one run would have written.
func Resume(path string, key func(json.RawMessage) (string, bool)) (*Writer, *Done, error) {
	w, d, err := resume(path, key)
	if err != nil {
		return nil, nil, fmt.Errorf("resume rows: %w", err)
	}
	return w, d, nil
}

func resume(path string, key func(json.RawMessage) (string, bool)) (*Writer, *Done, error) {
	if info, err := os.Stat(path); path == "-" || (err == nil && !info.Mode().IsRegular()) {
		return nil, nil, fmt.Errorf("only a file can be gone on with, not %s", path)
	}
	file, err := openPartial(path)
	if err != nil {
		return nil, nil, err
	}
	d := &Done{name: file.Name(), key: key}
	size, err := d.count(file)
	if err == nil {
		err = file.Truncate(size)
	}
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err == nil {
		d.file, err = os.Open(file.Name())
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	d.rows = ownLines(io.NewSectionReader(d.file, 0, size))
	w := newWriter(path, file.Name(), file, nil)
	w.rows = d.left
	return w, d, nil
}

// ownLines reads lines that were once written here, so of any length.
func ownLines(in io.Reader) lines {
	return lines{in: bufio.NewReaderSize(in, bufferSize), max: math.MaxInt}
}

// count counts the whole rows at the front of the file and returns their size. A kill leaves the last row
// unfinished; a loss of power can leave anything behind a sound row, and all of that is done again.
func (d *Done) count(file *os.File) (int64, error) {
	rows := ownLines(file)
	for {
		end := rows.offset
		data, _, err := rows.read()
		if plain(err, io.EOF) || (err == nil && (rows.cut || check(data) != nil)) {
			return end, nil
		}
		if err != nil {
			return 0, err
		}
		if _, ok := d.key(data); !ok {
			return 0, fmt.Errorf("%s:%d: the row has no id, so it is not from this command; remove the file or start again without resuming",
				d.name, rows.number)
		}
		d.left++
	}
}

// Left returns how many rows are done that have not been passed yet.
func (d *Done) Left() int { return d.left }

// Skip reports whether the next row of the input, which has this id, is done. It is an error if another row
// stands in its place: the input, or its order, has changed.
func (d *Done) Skip(id string) (bool, error) {
	done, err := d.Take(id)
	if err == nil && !done && d.left > 0 {
		err = fmt.Errorf("%s:%d: has row %q where the input has %q: the input has changed; start again without resuming",
			d.name, d.rows.number, d.id, id)
	}
	return done, err
}

// Take is Skip for commands that do not write a row for every row of the input: a row with another id is not
// done, and is asked about again at the next call.
func (d *Done) Take(id string) (bool, error) {
	if d.left == 0 {
		return false, nil
	}
	if !d.have {
		data, _, err := d.rows.read()
		if err != nil {
			return false, fmt.Errorf("%s:%d: read the rows that are done: %w", d.name, d.rows.number, err)
		}
		d.id, _ = d.key(data)
		d.have = true
	}
	if d.id != id {
		return false, nil
	}
	d.have = false
	d.left--
	return true, nil
}

// End is to be called after the last row of the input: rows that are left then were made from an input that
// had more.
func (d *Done) End() error {
	if d.left == 0 {
		return nil
	}
	return fmt.Errorf("%s: has %d rows more than the input: the input has changed; start again without resuming", d.name, d.left)
}

// Close gives back the file.
func (d *Done) Close() error { return d.file.Close() }
