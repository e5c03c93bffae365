package acecoder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The records keep fields that this version does not know. Plain encoding/json drops them, so the records that
// other tools annotate, Seed, Problem and Program, go through the functions below.

// UnmarshalJSON reads a seed and keeps unknown fields in Extra.
func (s *Seed) UnmarshalJSON(data []byte) error {
	type plain Seed
	return unmarshalExtra(data, (*plain)(s), &s.Extra)
}

// MarshalJSON writes a seed, its unknown fields last, sorted by name.
func (s Seed) MarshalJSON() ([]byte, error) {
	type plain Seed
	return marshalExtra(plain(s), s.Extra)
}

// UnmarshalJSON reads a problem and keeps unknown fields in Extra.
func (p *Problem) UnmarshalJSON(data []byte) error {
	type plain Problem
	return unmarshalExtra(data, (*plain)(p), &p.Extra)
}

// MarshalJSON writes a problem, its unknown fields last, sorted by name.
func (p Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	return marshalExtra(plain(p), p.Extra)
}

// UnmarshalJSON reads a program and keeps unknown fields in Extra.
func (p *Program) UnmarshalJSON(data []byte) error {
	type plain Program
	return unmarshalExtra(data, (*plain)(p), &p.Extra)
}

// MarshalJSON writes a program, its unknown fields last, sorted by name.
func (p Program) MarshalJSON() ([]byte, error) {
	type plain Program
	return marshalExtra(plain(p), p.Extra)
}

func unmarshalExtra(data []byte, into any, extra *map[string]json.RawMessage) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, name := range fieldNames(reflect.TypeOf(into).Elem()) {
		delete(all, name)
	}
	*extra = nil
	if len(all) > 0 {
		*extra = all
	}
	return nil
}

func marshalExtra(record any, extra map[string]json.RawMessage) ([]byte, error) {
	data, err := marshalPlain(record)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	known := fieldNames(reflect.TypeOf(record))
	out := bytes.NewBuffer(data[:len(data)-1])
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if slices.Contains(known, name) {
			return nil, fmt.Errorf("extra field %q is a field of the record", name)
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		key, err := marshalPlain(name)
		if err != nil {
			return nil, err
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(extra[name])
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// marshalPlain is json.Marshal without the escaping of <, > and &: programs are full of them and nobody
// pastes these rows into a web page unescaped.
func marshalPlain(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// fieldNames returns the JSON names of a struct's fields.
func fieldNames(t reflect.Type) []string {
	names := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
