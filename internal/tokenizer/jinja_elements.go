package tokenizer

import (
	"fmt"
	"strings"
)

type attribute struct {
	of   expression
	name string
}

func (a *attribute) eval(r *render, s *scope) (any, error) {
	v, err := a.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	return r.attribute(v, a.name)
}

// attribute returns v.name: a method, or what has the name as its key.
func (r *render) attribute(v any, name string) (any, error) {
	switch v := v.(type) {
	case undefined:
		return nil, fmt.Errorf("%q is undefined", string(v))
	case namespace:
		if value, ok := v[name]; ok {
			return value, nil
		}
		return undefined(name), nil
	case *loop:
		return v.attribute(name)
	}
	if method, err := methodOf(v, name); method != nil || err != nil {
		return method, err
	}
	if d, ok := v.(*dict); ok {
		if value, ok, err := r.lookup(d, name); ok || err != nil {
			return value, err
		}
	}
	return undefined(name), nil
}

type element struct{ of, index expression }

func (e *element) eval(r *render, s *scope) (any, error) {
	v, err := e.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	index, err := e.index.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	if d, ok := v.(*dict); ok {
		if value, ok, err := r.lookup(d, index); ok || err != nil {
			return value, err
		}
	}
	if name, ok := index.(string); ok {
		return r.attribute(v, name)
	}
	if u, ok := v.(undefined); ok {
		return nil, fmt.Errorf("%q is undefined", string(u))
	}
	i, ok := index.(int)
	if !ok {
		return undefined("element"), nil
	}
	return r.at(v, i)
}

// at returns one element of a string, list or tuple.
func (r *render) at(v any, i int) (any, error) {
	var all []any
	switch v := v.(type) {
	case string:
		var err error
		if all, err = r.elements(v); err != nil {
			return nil, err
		}
	case list:
		all = v
	case tuple:
		all = v
	}
	if i < 0 {
		i += len(all)
	}
	if i < 0 || i >= len(all) {
		return undefined("element"), nil
	}
	return all[i], nil
}

type slice struct {
	of    expression
	parts [3]expression // start, stop, step; nil where one is missing
}

func (c *slice) eval(r *render, s *scope) (any, error) {
	v, err := c.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	var given [3]any
	for i, part := range c.parts {
		if part == nil {
			continue
		}
		if given[i], err = part.eval(r, s); err != nil {
			return nil, err
		}
	}
	if u, ok := v.(undefined); ok {
		return nil, fmt.Errorf("%q is undefined", string(u))
	}
	switch v.(type) {
	case string, list, tuple:
	default:
		return nil, fmt.Errorf("%s cannot be sliced", kindOfValue(v))
	}
	all, err := r.elements(v)
	if err != nil {
		return nil, err
	}
	chosen, err := cut(all, given)
	if err == nil {
		err = r.spend(valueCost * len(chosen))
	}
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case string:
		var b strings.Builder
		for _, c := range chosen {
			b.WriteString(c.(string))
		}
		return b.String(), nil
	case tuple:
		return tuple(chosen), nil
	}
	return list(chosen), nil
}

// cut is Python's all[start:stop:step].
func cut(all []any, given [3]any) ([]any, error) {
	var n [3]int
	for i, v := range given {
		if v == nil {
			continue
		}
		var ok bool
		if n[i], ok = v.(int); !ok {
			return nil, fmt.Errorf("%s is no place in a slice", kindOfValue(v))
		}
	}
	step := n[2]
	if given[2] == nil {
		step = 1
	}
	if step == 0 {
		return nil, fmt.Errorf("a slice with the step zero")
	}
	step = min(max(step, -len(all)-1), len(all)+1) // the place after it is then out of the slice, and no overflow
	low, high := 0, len(all)                       // between which the places are
	start, stop := 0, len(all)
	if step < 0 {
		low, high = -1, len(all)-1
		start, stop = len(all)-1, -1
	}
	place := func(i, otherwise int) int {
		if given[i] == nil {
			return otherwise
		}
		if n[i] < 0 {
			n[i] += len(all)
		}
		return min(max(n[i], low), high)
	}
	start, stop = place(0, start), place(1, stop)
	var out []any
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		out = append(out, all[i])
	}
	return out, nil
}
