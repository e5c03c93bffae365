package tokenizer

import (
	"fmt"
)

// expression is a part of a template that has a value.
type expression interface {
	eval(r *render, s *scope) (any, error)
}

type constant struct{ value any }

func (c constant) eval(r *render, _ *scope) (any, error) { return c.value, r.spend(1) }

type variable string

func (v variable) eval(r *render, s *scope) (any, error) { return r.get(s, string(v)) }

// evalAll evaluates expressions in order.
func evalAll(r *render, s *scope, of []expression) ([]any, error) {
	out := make([]any, len(of))
	for i, e := range of {
		var err error
		if out[i], err = e.eval(r, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type sequence struct {
	make func([]any) any
	of   []expression
}

func (q *sequence) eval(r *render, s *scope) (any, error) {
	all, err := evalAll(r, s, q.of)
	if err != nil {
		return nil, err
	}
	return q.make(all), r.spend(1 + valueCost*len(all))
}

type dictionary struct{ keys, values []expression }

func (d *dictionary) eval(r *render, s *scope) (any, error) {
	out := newDict()
	for i := range d.keys {
		key, err := d.keys[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		if _, _, err := r.lookup(out, key); err != nil {
			return nil, err
		}
		value, err := d.values[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		out.set(keyOf(key), value)
	}
	return out, r.spend(1 + scopeCost*len(out.keys))
}

// given is the arguments of a call as they are written.
type given struct {
	places []expression
	names  []string
	named  []expression
}

func (g given) eval(r *render, s *scope) (arguments, error) {
	var a arguments
	var err error
	if a.places, err = evalAll(r, s, g.places); err != nil || len(g.names) == 0 {
		return a, err
	}
	named, err := evalAll(r, s, g.named)
	a.named = make(map[string]any, len(named))
	for i, v := range named {
		a.named[g.names[i]] = v
	}
	return a, err
}

type call struct {
	of    expression
	given given
}

func (c *call) eval(r *render, s *scope) (any, error) {
	v, err := c.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(undefined); ok {
		return nil, fmt.Errorf("%q is undefined", string(u))
	}
	do, ok := v.(function)
	if !ok {
		return nil, fmt.Errorf("%s cannot be called", kindOfValue(v))
	}
	a, err := c.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	return do(r, a)
}

type filtered struct {
	of    expression
	name  string
	do    filter
	given given
}

func (f *filtered) eval(r *render, s *scope) (any, error) {
	v, err := f.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	a, err := f.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	out, err := f.do(r, v, a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return out, nil
}

type tested struct {
	of    expression
	name  string
	do    test
	given given
}

func (t *tested) eval(r *render, s *scope) (any, error) {
	v, err := t.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	a, err := t.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	out, err := t.do(r, v, a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	return out, r.spend(1)
}
