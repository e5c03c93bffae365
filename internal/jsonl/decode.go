package jsonl

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Decode returns the row as a record. An error is a *RowError that names the field and says what is wanted and
// what is there.
//
// Required fields must be there and not null; programs[].program means that of every element. A field whose
// name differs from one of the record's only in upper and lower case is an error, as encoding/json would take
// one for the other.
func Decode[T any](row Row, required ...string) (T, error) {
	var record T
	if !row.checked {
		if f := check(row.Raw); f != nil {
			return record, row.fail(f)
		}
	}
	if f := fits(trim(row.Raw), reflect.TypeFor[T](), needs(required)); f != nil {
		return record, row.fail(f)
	}
	if err := json.Unmarshal(row.Raw, &record); err != nil {
		var none T
		return none, row.fail(decodeFault(err))
	}
	return record, nil
}

// decodeFault is what fits leaves to encoding/json: numbers out of range and types that decode themselves.
func decodeFault(err error) *fault {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &fault{path: wrong.Field, err: fmt.Errorf("%s does not fit a %v", wrong.Value, wrong.Type)}
	}
	return &fault{err: err}
}

// need says which fields of a value are required.
type need struct {
	itself  bool
	fields  []needField // in the order in which they were asked for
	element *need
}

type needField struct {
	name string
	need *need
}

func needs(paths []string) *need {
	root := &need{}
	for _, path := range paths {
		n := root
		for part := range strings.SplitSeq(path, ".") {
			name, each := strings.CutSuffix(part, "[]")
			if n = n.field(name); each {
				if n.element == nil {
					n.element = &need{}
				}
				n = n.element
			}
		}
		n.itself = true
	}
	return root
}

func (n *need) field(name string) *need {
	for _, f := range n.fields {
		if f.name == name {
			return f.need
		}
	}
	n.fields = append(n.fields, needField{name, &need{}})
	return n.fields[len(n.fields)-1].need
}

// fits reports where a value differs from the type it is to become. A nil type takes everything.
func fits(raw []byte, t reflect.Type, n *need) *fault {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	is := kindOf(raw[0])
	if is == null {
		if n != nil && n.itself {
			return faultf("null, but it is required")
		}
		return nil // encoding/json leaves the zero value
	}
	if want := wants(t); want != broken && want != is {
		return faultf("want %v, got %v", want, found(is, raw))
	}
	switch is {
	case object:
		return fitsObject(raw, t, n)
	case array:
		return fitsArray(raw, t, n)
	case number:
		return fitsNumber(raw, t)
	}
	return nil
}

// found shows a value for a message.
func found(is kind, raw []byte) string {
	switch is {
	case text, number, boolean:
		return fmt.Sprintf("%v (%s)", is, short(string(raw)))
	}
	return is.String()
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// wants returns the kind of JSON value that a type is made from; broken if it may be any.
func wants(t reflect.Type) kind {
	if t == nil || decodesItself(t) {
		return broken
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return object
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return text // base64
		}
		return array
	case reflect.Array:
		return array
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return number
		}
		return text
	case reflect.Bool:
		return boolean
	case reflect.Interface:
		return broken
	}
	return number
}

// decodesItself reports whether only the type knows what it is made from. A struct with JSON names is taken at
// its word, even if it decodes itself: the records do so only to keep unknown fields.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	if !p.Implements(unmarshaler) && !p.Implements(textUnmarshaler) {
		return false
	}
	return t.Kind() != reflect.Struct || len(structOf(t).types) == 0
}

func fitsObject(raw []byte, t reflect.Type, n *need) *fault {
	var fields *structFields
	var each reflect.Type
	if t != nil && !decodesItself(t) {
		switch t.Kind() {
		case reflect.Struct:
			fields = structOf(t)
		case reflect.Map:
			each = t.Elem()
		}
	}
	for key, value := range members(raw) {
		memberType := each
		if fields != nil {
			var f *fault
			if memberType, f = fields.typeOf(key); f != nil {
				return f
			}
		}
		if f := fits(value, memberType, n.of(key)); f != nil {
			return f.under(string(key))
		}
	}
	return n.missing(raw)
}

// of returns what is required of a member; nil if nothing.
func (n *need) of(key []byte) *need {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.name == string(key) {
			return f.need
		}
	}
	return nil
}

// missing reports the first required field that an object has not.
func (n *need) missing(raw []byte) *fault {
	if n == nil || !slices.ContainsFunc(n.fields, func(f needField) bool { return f.need.itself }) {
		return nil
	}
	var names []string
	for key := range members(raw) {
		names = append(names, string(key))
	}
	for _, f := range n.fields {
		if !f.need.itself || slices.Contains(names, f.name) {
			continue
		}
		has := "no fields"
		if len(names) > 0 {
			has = short(strings.Join(names, ", "))
		}
		return faultf("missing, but it is required (there: %s)", has).under(f.name)
	}
	return nil
}

func fitsArray(raw []byte, t reflect.Type, n *need) *fault {
	var each reflect.Type
	if t != nil && !decodesItself(t) && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		each = t.Elem()
	}
	var element *need
	if n != nil {
		element = n.element
	}
	if element == nil && each == nil {
		return nil
	}
	i := 0
	for value := range elements(raw) {
		// encoding/json makes a zero value of a null: an empty test or program that nobody wrote.
		if kindOf(value[0]) == null && each != nil && wants(each) != broken && each.Kind() != reflect.Pointer {
			return faultf("want %v, got null", wants(each)).at(i)
		}
		if f := fits(value, each, element); f != nil {
			return f.at(i)
		}
		i++
	}
	return nil
}

func fitsNumber(raw []byte, t reflect.Type) *fault {
	if t == nil || decodesItself(t) {
		return nil
	}
	if k := t.Kind(); k >= reflect.Int && k <= reflect.Uintptr && bytes.ContainsAny(raw, ".eE") {
		return faultf("want a whole number, got %s", short(string(raw)))
	}
	return nil
}

// structFields are the JSON fields of a struct.
type structFields struct {
	types  map[string]reflect.Type
	folded map[string]string // lower case to the name as it should be
	open   bool              // it embeds others, whose fields are not looked at
}

var structs sync.Map // reflect.Type to *structFields

func structOf(t reflect.Type) *structFields {
	if known, ok := structs.Load(t); ok {
		return known.(*structFields)
	}
	s := &structFields{types: map[string]reflect.Type{}, folded: map[string]string{}}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			s.open = true
			continue
		}
		if name == "" || name == "-" || !field.IsExported() {
			continue
		}
		s.types[name] = field.Type
		if strings.Contains(options, "string") {
			s.types[name] = nil // a number or boolean inside a string
		}
		s.folded[strings.ToLower(name)] = name
	}
	structs.Store(t, s)
	return s
}

// typeOf returns the type of a field; nil if it is not known here.
func (s *structFields) typeOf(key []byte) (reflect.Type, *fault) {
	if t, ok := s.types[string(key)]; ok {
		return t, nil
	}
	if name, ok := s.folded[strings.ToLower(string(key))]; ok && !s.open {
		return nil, faultf("the field is written %s; rename it", name).under(string(key))
	}
	return nil, nil
}
