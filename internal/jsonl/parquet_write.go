package jsonl

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

const (
	rowGroupBytes = 32 << 20 // of JSON; a group is held in memory while it is made
	rowBatch      = 64
)

// writeParquet writes the rows of a file of JSON Lines as Parquet. It reads them twice: the types of the
// columns are those of all rows.
func writeParquet(out io.Writer, path string) error {
	root := &shape{kind: object}
	if err := eachRow(path, root.learnRow); err != nil {
		return err
	}
	if len(root.names) == 0 {
		// No rows, or rows without fields: Parquet needs a column.
		root.names, root.members = []string{"id"}, map[string]*shape{"id": {kind: null}}
	}
	column := 0
	for _, name := range root.names {
		column = root.members[name].levels(column, 0, 0)
	}
	if column > maxColumns {
		return fmt.Errorf("rows of %d different fields, inner ones counted, do not fit Parquet; write .jsonl", column)
	}
	w := &parquetWriter{root: root, columns: make([][]parquet.Value, column)}
	w.out = newParquetWriter(out, parquet.NewSchema("row", root.group()))
	if err := eachRow(path, w.write); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Close()
}

// newParquetWriter chooses what every reader of Parquet reads. It keeps texts out of the statistics, where they
// stand uncut and a large program would swell what a reader loads before the first row.
func newParquetWriter(out io.Writer, schema *parquet.Schema) *parquet.GenericWriter[any] {
	options := []parquet.WriterOption{
		schema, parquet.CreatedBy("acecoder", "1", ""), parquet.Compression(&parquet.Zstd),
		parquet.DataPageVersion(1), parquet.DataPageStatistics(false),
	}
	for _, path := range schema.Columns() {
		if leaf, ok := schema.Lookup(path...); ok && leaf.Node.Type().Kind() == parquet.ByteArray {
			options = append(options, parquet.SkipPageBounds(path...))
		}
	}
	return parquet.NewGenericWriter[any](out, options...)
}

// eachRow calls do on every row; a bad row is an error, as the rows are our own.
func eachRow(path string, do func([]byte) error) error {
	r, err := Options{MaxRow: math.MaxInt}.Open(path)
	if err != nil {
		return err
	}
	for {
		row, err := r.read()
		if plain(err, io.EOF) {
			return r.Close()
		}
		if err == nil {
			err = do(row.Raw)
		}
		if err != nil {
			return errors.Join(err, r.Close())
		}
	}
}

type parquetWriter struct {
	out     *parquet.GenericWriter[any]
	root    *shape
	columns [][]parquet.Value // of the row being taken apart
	batch   []parquet.Row
	pending int // bytes of JSON in the batch
	group   int // bytes of JSON in the row group
}

func (w *parquetWriter) write(raw []byte) error {
	for i := range w.columns {
		w.columns[i] = w.columns[i][:0]
	}
	values := membersOf(raw)
	for _, name := range w.root.names {
		if err := w.shred(w.root.members[name], values[name], 0, 0); err != nil {
			return err
		}
	}
	var row parquet.Row
	for _, values := range w.columns {
		row = append(row, values...)
	}
	w.batch = append(w.batch, row)
	w.group += len(raw)
	if w.pending += len(raw); len(w.batch) < rowBatch && w.pending < 1<<20 {
		return nil
	}
	return w.flush()
}

// flush hands over the batch, and ends the row group when it is large enough.
func (w *parquetWriter) flush() error {
	if _, err := w.out.WriteRows(w.batch); err != nil {
		return fmt.Errorf("write Parquet rows: %w", err)
	}
	w.batch, w.pending = w.batch[:0], 0
	if w.group < rowGroupBytes {
		return nil
	}
	w.group = 0
	return w.out.Flush()
}

func membersOf(raw []byte) map[string][]byte {
	m := map[string][]byte{}
	for key, value := range members(raw) {
		m[string(key)] = value
	}
	return m
}

// shred puts a value into its columns, by the levels of Dremel: the definition level says how much of the path
// to the value is there, the repetition level which list it continues. outer is the definition level of what
// the value is in.
func (w *parquetWriter) shred(s *shape, raw []byte, repetition, outer int) error {
	switch {
	case len(raw) == 0 || (kindOf(raw[0]) == null && s.kind != broken):
		w.fill(s, repetition, outer)
		return nil
	case s.leaf():
		v, err := s.value(raw)
		w.columns[s.column] = append(w.columns[s.column], v.Level(repetition, s.definition, s.column))
		return err
	case s.kind == array:
		empty := true
		for e := range elements(raw) {
			if err := w.shred(s.element, e, repetition, s.definition+1); err != nil {
				return err
			}
			empty, repetition = false, s.repetition
		}
		if empty {
			w.fill(s, repetition, s.definition)
		}
		return nil
	}
	values := membersOf(raw)
	for _, name := range s.names {
		if err := w.shred(s.members[name], values[name], repetition, s.definition); err != nil {
			return err
		}
	}
	return nil
}

// fill puts a null into every column of the shape.
func (w *parquetWriter) fill(s *shape, repetition, definition int) {
	switch {
	case s.leaf():
		w.columns[s.column] = append(w.columns[s.column], parquet.Value{}.Level(repetition, definition, s.column))
	case s.kind == array:
		w.fill(s.element, repetition, definition)
	default:
		for _, name := range s.names {
			w.fill(s.members[name], repetition, definition)
		}
	}
}

// value returns a value for the shape's column.
func (s *shape) value(raw []byte) (parquet.Value, error) {
	switch s.kind {
	case boolean:
		return parquet.BooleanValue(raw[0] == 't'), nil
	case number:
		if s.real {
			n, err := strconv.ParseFloat(string(raw), 64)
			return parquet.DoubleValue(n), err
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return parquet.Int64Value(n), err
	case text:
		return parquet.ByteArrayValue(unquote(raw)), nil
	}
	return parquet.ByteArrayValue(raw), nil
}
