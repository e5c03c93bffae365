package jsonl

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// A Parquet column has one type, a JSON field may have any. The shape of all rows together decides: fields
// that are always of one kind get a typed column, the others a column of JSON text, so that nothing is lost.

// The bounds of a schema: a dictionary with ever new keys must not become ever new columns.
const (
	maxMembers = 256  // fields of a nested object
	maxColumns = 4096 // fields of a row
	maxLevels  = 32   // lists and objects in each other
	maxExact   = 1 << 53
)

// shape is what is known of a field's values.
type shape struct {
	kind    kind // null: none seen yet; broken: of several kinds, so kept as JSON
	real    bool // a number: not all are whole
	wide    bool // a number: a whole one is too large to be exact as a float64
	names   []string
	members map[string]*shape
	element *shape
	depth   int

	// The column, or the columns below it. Set by levels.
	column     int
	definition int // the definition level of a value that is there
	repetition int // of a list: the repetition level of its second and later elements
}

// learn widens the shape until it holds the value.
func (s *shape) learn(raw []byte) {
	is := kindOf(raw[0])
	if is == null || s.kind == broken {
		return
	}
	if (s.kind != null && s.kind != is) || (s.depth > maxLevels && is >= array) {
		s.giveUp()
		return
	}
	s.kind = is
	switch is {
	case number:
		s.learnNumber(raw)
	case array:
		if s.element == nil {
			s.element = s.child()
		}
		for e := range elements(raw) {
			s.element.learn(e)
		}
	case object:
		s.learnObject(raw, maxMembers)
	}
}

func (s *shape) child() *shape { return &shape{kind: null, depth: s.depth + 1} }

func (s *shape) giveUp() { *s = shape{kind: broken} }

func (s *shape) learnNumber(raw []byte) {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil && string(raw) != "-0" {
		s.wide = s.wide || n > maxExact || n < -maxExact
	} else {
		whole := !bytes.ContainsAny(raw, ".eE") && string(raw) != "-0"
		if _, err := strconv.ParseFloat(string(raw), 64); err != nil || whole {
			s.giveUp() // outside of both int64 and float64
			return
		}
		s.real = true
	}
	if s.real && s.wide {
		s.giveUp()
	}
}

// learnObject puts a new field behind the one it follows in the row, so that fields keep the order that rows
// with more or fewer of them share.
func (s *shape) learnObject(raw []byte, most int) {
	if s.members == nil {
		s.members = map[string]*shape{}
	}
	after := 0
	for key, value := range members(raw) {
		name := string(key)
		m := s.members[name]
		if m == nil {
			m = s.child()
			s.members[name] = m
			s.names = slices.Insert(s.names, min(after, len(s.names)), name)
			after++
		} else if after < len(s.names) && s.names[after] == name {
			after++
		} else {
			after = slices.Index(s.names, name) + 1
		}
		if name == "" || len(s.names) > most {
			s.giveUp()
			return
		}
		m.learn(value)
	}
}

// learnRow is learn for whole rows, which must stay objects.
func (s *shape) learnRow(raw []byte) error {
	s.kind = object
	if s.learnObject(raw, maxColumns); s.kind == broken {
		return fmt.Errorf("rows with an empty field name or more than %d fields do not fit Parquet; write .jsonl", maxColumns)
	}
	return nil
}

// leaf reports whether the shape becomes one column.
func (s *shape) leaf() bool { return s.kind != array && (s.kind != object || len(s.names) == 0) }

// levels numbers the columns below the shape and returns the next free number. The outer levels are those of
// what the shape is in.
func (s *shape) levels(column, definition, repetition int) int {
	s.column = column
	s.definition = definition + 1 // every field is optional
	switch {
	case s.leaf():
		return column + 1
	case s.kind == array:
		s.repetition = repetition + 1
		return s.element.levels(column, s.definition+1, s.repetition)
	}
	for _, name := range s.names {
		column = s.members[name].levels(column, s.definition, repetition)
	}
	return column
}

// node returns the shape as a part of a Parquet schema.
func (s *shape) node() parquet.Node {
	switch s.kind {
	case number:
		if s.real {
			return parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
		return parquet.Optional(parquet.Int(64))
	case boolean:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	case array:
		return parquet.Optional(parquet.List(s.element.node()))
	case object:
		if len(s.names) > 0 {
			return parquet.Optional(s.group())
		}
	case text, null:
		// Plain is what every reader of Parquet reads.
		return parquet.Optional(parquet.Encoded(parquet.String(), &parquet.Plain))
	}
	return parquet.Optional(parquet.Encoded(parquet.JSON(), &parquet.Plain))
}

func (s *shape) group() orderedGroup {
	var g orderedGroup
	for _, name := range s.names {
		g.fields = append(g.fields, &orderedField{Node: s.members[name].node(), name: name})
	}
	return g
}

// orderedGroup is a parquet.Group that keeps the order of its fields.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the fields in their order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

type orderedField struct {
	parquet.Node
	name string
}

// Name returns the field's name.
func (f *orderedField) Name() string { return f.name }

// Value is part of the interface; rows are written by columns, which does not come here.
func (f *orderedField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
