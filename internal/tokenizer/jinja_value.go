package tokenizer

import (
	"fmt"
	"math"
	"strings"
)

// The values of templates are Go's nil for None, bool, int, float64 and string, and these.
type (
	list  []any
	tuple []any

	// undefined is a variable, attribute or element that is not there; it holds its name.
	undefined string

	// namespace is what a template may change from within a loop.
	namespace map[string]any

	// function is what a template may call.
	function func(r *render, a arguments) (any, error)
)

// dict is a dictionary in the order in which its keys came.
type dict struct {
	keys   []any
	values map[any]any
}

func newDict() *dict { return &dict{values: map[any]any{}} }

func (d *dict) set(key, value any) {
	if _, ok := d.values[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[key] = value
}

// kindOfValue names a value's type as Python does.
func kindOfValue(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case list:
		return "list"
	case tuple:
		return "tuple"
	case *dict:
		return "dict"
	case undefined:
		return "undefined"
	}
	return "object"
}

// truth is Python's bool(v).
func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case list:
		return len(v) > 0
	case tuple:
		return len(v) > 0
	case *dict:
		return len(v.keys) > 0
	}
	return true
}

// elements returns what a loop over v goes through.
func (r *render) elements(v any) ([]any, error) {
	var all []any
	switch v := v.(type) {
	case undefined:
	case list:
		all = v
	case tuple:
		all = v
	case *dict:
		all = v.keys
	case string:
		if err := r.spend(2 * valueCost * len(v)); err != nil {
			return nil, err
		}
		all = make([]any, 0, len(v))
		for _, c := range v {
			all = append(all, string(c))
		}
	default:
		return nil, fmt.Errorf("%s has no elements", kindOfValue(v))
	}
	return all, nil
}

// numberOf returns a value as a number, and as a whole one if it is; a bool is a number for Python.
func numberOf(v any) (f float64, i int, isInt, ok bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int:
		return float64(v), v, true, true
	case float64:
		return v, 0, false, true
	}
	return 0, 0, false, false
}

func isNumber(v any) bool {
	_, _, _, ok := numberOf(v)
	return ok
}

// equal is Python's ==.
func (r *render) equal(a, b any) (bool, error) {
	leave, err := r.enter()
	if err != nil {
		return false, err
	}
	defer leave()
	if isNumber(a) || isNumber(b) {
		return equalNumbers(a, b), nil
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case string:
		b, ok := b.(string)
		return ok && a == b, r.spend(len(a))
	case undefined:
		_, ok := b.(undefined)
		return ok, nil
	case list:
		b, ok := b.(list)
		return r.equalAll(ok, a, b)
	case tuple:
		b, ok := b.(tuple)
		return r.equalAll(ok, a, b)
	case *dict:
		b, ok := b.(*dict)
		if ok && len(a.keys) == len(b.keys) {
			return r.equalDict(a, b)
		}
	}
	return false, nil
}

func equalNumbers(a, b any) bool {
	x, i, isInt, ok := numberOf(a)
	y, j, alsoInt, alsoOK := numberOf(b)
	return ok && alsoOK && x == y && (!isInt || !alsoInt || i == j)
}

func (r *render) equalDict(a, b *dict) (bool, error) {
	for _, key := range a.keys {
		other, ok, err := r.lookup(b, key)
		if !ok || err != nil {
			return false, err
		}
		if same, err := r.equal(a.values[key], other); !same {
			return false, err
		}
	}
	return true, nil
}

func (r *render) equalAll(sameKind bool, a, b []any) (bool, error) {
	if !sameKind || len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := r.equal(a[i], b[i]); !same {
			return false, err
		}
	}
	return true, nil
}

// less is Python's < for numbers and for strings.
func (r *render) less(a, b any) (bool, error) {
	x, _, _, isNumber := numberOf(a)
	y, _, _, alsoNumber := numberOf(b)
	if isNumber && alsoNumber {
		return x < y, nil
	}
	s, isText := a.(string)
	t, alsoText := b.(string)
	if isText && alsoText {
		return s < t, r.spend(min(len(s), len(t))) // the order of code points is that of UTF-8
	}
	return false, fmt.Errorf("%s and %s have no order", kindOfValue(a), kindOfValue(b))
}

// contains is Python's part in whole.
func (r *render) contains(whole, part any) (bool, error) {
	switch whole := whole.(type) {
	case string:
		text, ok := part.(string)
		if !ok {
			return false, fmt.Errorf("%s cannot be in a str", kindOfValue(part))
		}
		return strings.Contains(whole, text), r.spend(len(whole))
	case *dict:
		_, ok, err := r.lookup(whole, part)
		return ok, err
	}
	all, err := r.elements(whole)
	if err != nil {
		return false, err
	}
	for _, one := range all {
		if same, err := r.equal(one, part); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// lookup returns what a dictionary has under a key, and whether it has it.
func (r *render) lookup(d *dict, key any) (v any, ok bool, err error) {
	if !hashable(key) {
		return nil, false, fmt.Errorf("%s cannot be a key", kindOfValue(key))
	}
	if text, ok := key.(string); ok {
		err = r.spend(len(text)) // its hash is made anew each time
	}
	v, ok = d.values[keyOf(key)]
	return v, ok, err
}

func hashable(v any) bool {
	switch v.(type) {
	case nil, bool, int, float64, string:
		return true
	}
	return false
}

// keyOf makes equal numbers equal keys.
func keyOf(v any) any {
	if f, i, isInt, ok := numberOf(v); ok {
		if isInt {
			return i
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int(f)
		}
	}
	return v
}
