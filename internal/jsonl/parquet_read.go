package jsonl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// parquetRows is the source of a Parquet file: its rows as JSON objects. A null column is a field that is not
// there, a NaN is null, dates and times are text. It reads a page of each column at a time.
type parquetRows struct {
	root    *column
	columns int
	groups  []parquet.RowGroup
	rows    parquet.Rows // of the group being read; nil between groups
	batch   [rowBatch]parquet.Row
	have    int // rows in the batch
	used    int // of them given out
	number  int // of the row given out last
	values  [][]parquet.Value
	buf     []byte
	failed  error
}

func newParquetRows(file *os.File) (p *parquetRows, err error) {
	defer parquetPanics(&err)
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(file, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	p = &parquetRows{root: &column{}}
	for _, group := range f.RowGroups() {
		if group.NumRows() > 0 { // the library cannot read a group of no rows
			p.groups = append(p.groups, group)
		}
	}
	for _, field := range f.Schema().Fields() {
		child := newColumn(field, field.Name(), 0, 0, &p.columns)
		p.root.children = append(p.root.children, child)
	}
	p.values = make([][]parquet.Value, p.columns)
	return p, nil
}

// parquetPanics turns a panic into an error: the library panics on some damaged files.
func parquetPanics(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("parquet: damaged: %v", v)
	}
}

func (p *parquetRows) line() int { return p.number + 1 }

func (p *parquetRows) next() (row Row, f *fault, err error) {
	defer func() { p.failed = err }()
	defer parquetPanics(&err)
	if p.failed != nil {
		return Row{}, nil, p.failed
	}
	if p.used == p.have {
		if err := p.fillBatch(); err != nil {
			return Row{}, nil, err
		}
	}
	for i := range p.values {
		p.values[i] = nil
	}
	p.batch[p.used].Range(func(column int, values []parquet.Value) bool {
		p.values[column] = values
		return true
	})
	p.used++
	p.buf, f = p.root.object(p.buf[:0], p.values)
	p.number++
	return Row{Line: p.number, Raw: append([]byte(nil), p.buf...)}, f, nil
}

func (p *parquetRows) fillBatch() error {
	for {
		if p.rows == nil {
			if len(p.groups) == 0 {
				return io.EOF
			}
			p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
		}
		n, err := p.rows.ReadRows(p.batch[:])
		p.have, p.used = n, 0
		if n > 0 {
			return nil // an error comes again
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("parquet: %w", err)
		}
		if err := p.close(); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
	}
}

func (p *parquetRows) close() error {
	rows := p.rows
	p.rows = nil
	if rows == nil {
		return nil
	}
	return rows.Close()
}

// column is a node of the file's schema, with what is needed to put values together again.
type column struct {
	name       string
	form       form
	first      int // the first leaf column below it, or itself
	last       int // the one after the last
	definition int // the definition level of a value that is there
	repetition int // of a repeated one: the repetition level of its second and later elements
	repeated   bool
	children   []*column // of a group its fields, of a list the element, of a map the key and the value
	write      func([]byte, parquet.Value) []byte
}

type form int

const (
	formLeaf form = iota
	formGroup
	formList
	formMap
)

func newColumn(node parquet.Node, name string, definition, repetition int, leaves *int) *column {
	c := &column{name: name, first: *leaves, repeated: node.Repeated()}
	if node.Optional() || node.Repeated() {
		definition++
	}
	if node.Repeated() {
		repetition++
	}
	c.definition, c.repetition = definition, repetition
	if node.Leaf() {
		c.write = valueWriter(node.Type())
		*leaves++
	} else {
		c.form = formOf(node)
		for _, field := range node.Fields() {
			c.children = append(c.children, newColumn(field, field.Name(), definition, repetition, leaves))
		}
	}
	c.last = *leaves
	if c.form == formList {
		c.children = []*column{listElement(c)}
	}
	return c
}

// formOf recognises lists and maps by what they are said to be, never by the names inside, of which every
// writer has had its own: list.element, list.item, bag.array_element, array …
func formOf(node parquet.Node) form {
	fields := node.Fields()
	logical := node.Type().LogicalType()
	if logical == nil || len(fields) != 1 || !fields[0].Repeated() {
		return formGroup
	}
	switch node.Type().String() {
	case "LIST":
		return formList
	case "MAP":
		if entry := fields[0]; !entry.Leaf() && len(entry.Fields()) == 2 {
			return formMap
		}
	}
	return formGroup
}

// listElement makes the element the repeated node of a list. The group between the two is there so that an
// element can be null; where an old writer left it out, the repeated node is the element (the rule of the
// Parquet format's LogicalTypes.md).
func listElement(list *column) *column {
	middle := list.children[0]
	if middle.form == formGroup && len(middle.children) == 1 &&
		middle.name != "array" && middle.name != list.name+"_tuple" {
		return middle
	}
	wrapped := *middle
	wrapped.repeated = false
	return &column{
		form: formGroup, first: middle.first, last: middle.last, definition: middle.definition,
		repetition: middle.repetition, repeated: true, children: []*column{&wrapped},
	}
}

// object writes a group's fields as an object. Each column's values are taken from its front.
func (c *column) object(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
	dst = append(dst, '{')
	empty := true
	for _, child := range c.children {
		if child.absent(values) {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = appendQuoted(dst, child.name)
		dst = append(dst, ':')
		var f *fault
		if dst, f = child.value(dst, values); f != nil {
			return dst, f.under(child.name)
		}
	}
	return append(dst, '}'), nil
}

// absent reports whether the value is null, and takes it if it is.
func (c *column) absent(values [][]parquet.Value) bool {
	if c.repeated || c.first == c.last {
		return c.first == c.last // a group of no columns; a repeated one is an array, at the least an empty one
	}
	front := values[c.first]
	if len(front) == 0 || front[0].DefinitionLevel() >= c.definition {
		return false
	}
	c.drop(values)
	return true
}

// drop takes one value from every column below.
func (c *column) drop(values [][]parquet.Value) {
	for i := c.first; i < c.last; i++ {
		if len(values[i]) > 0 {
			values[i] = values[i][1:]
		}
	}
}

// value writes the value at the front, which is not null.
func (c *column) value(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
	if c.repeated {
		return c.each(dst, values, '[', ']', c.single)
	}
	return c.single(dst, values)
}

func (c *column) single(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
	switch c.form {
	case formList:
		middle := c.children[0]
		return middle.each(dst, values, '[', ']', middle.children[0].orNull)
	case formMap:
		return c.mapping(dst, values)
	case formGroup:
		return c.object(dst, values)
	}
	front := values[c.first]
	if len(front) == 0 {
		return dst, faultf("damaged Parquet: the column has too few values")
	}
	values[c.first] = front[1:]
	return c.write(dst, front[0]), nil
}

func (c *column) orNull(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
	if c.absent(values) {
		return append(dst, "null"...), nil
	}
	return c.value(dst, values)
}

// each writes the elements of a repeated node.
func (c *column) each(dst []byte, values [][]parquet.Value, open, end byte,
	write func([]byte, [][]parquet.Value) ([]byte, *fault),
) ([]byte, *fault) {
	dst = append(dst, open)
	front := values[c.first]
	if len(front) == 0 || front[0].DefinitionLevel() < c.definition {
		c.drop(values)
		return append(dst, end), nil
	}
	for i := 0; ; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		before := len(values[c.first])
		var f *fault
		if dst, f = write(dst, values); f != nil {
			return dst, f.at(i)
		}
		front := values[c.first]
		if len(front) == 0 || front[0].RepetitionLevel() != c.repetition || len(front) == before {
			return append(dst, end), nil
		}
	}
}

// mapping writes a map as an object if its keys are text, else as an array of its entries.
func (c *column) mapping(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
	entry := c.children[0]
	key, value := entry.children[0], entry.children[1]
	if key.form != formLeaf || key.write == nil {
		return entry.each(dst, values, '[', ']', entry.object)
	}
	return entry.each(dst, values, '{', '}', func(dst []byte, values [][]parquet.Value) ([]byte, *fault) {
		start := len(dst)
		dst, f := key.orNull(dst, values)
		if f != nil {
			return dst, f
		}
		if dst[start] != '"' { // a key must be text
			text := string(dst[start:])
			dst = appendQuoted(dst[:start], text)
		}
		return value.orNull(append(dst, ':'), values)
	})
}

// appendQuoted writes a text as a JSON string. Invalid UTF-8 stays as it is, for check to find.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < 0x20:
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// julianEpoch is the Julian day of 1 January 1970, from which the old 96-bit timestamps do not count.
const julianEpoch = 2440588

func int96Nanos(v parquet.Value) (days, nanos int64) {
	n := v.Int96()
	var b [8]byte
	binary.LittleEndian.PutUint32(b[:4], n[0])
	binary.LittleEndian.PutUint32(b[4:], n[1])
	return int64(n[2]) - julianEpoch, int64(binary.LittleEndian.Uint64(b[:]))
}
