package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// render is one rendering of a template.
type render struct {
	work   int // what may still be done
	calls  int // how many macros call each other
	nested int // how deep in a value the rendering is
	now    func() time.Time
}

// errWork ends a template that runs on and on.
var errWork = errors.New("it does more than a template needs to do, perhaps without end")

// What things cost beside the parts of the template, which cost one each, and bytes, which do as well: about the bytes
// that they take.
const (
	valueCost = 16 // a value in a list
	scopeCost = 64 // variables of a turn of a loop or a call, or a key of a dictionary
)

// spend takes n from the work that may be done. This bounds time and memory.
func (r *render) spend(n int) error {
	if n > r.work {
		return errWork
	}
	r.work -= n
	return nil
}

// enter counts how deep in a value the rendering is, which bounds the stack; leave is to be called at the end.
func (r *render) enter() (leave func(), err error) {
	if r.nested >= maxNesting {
		return nil, fmt.Errorf("a value lies more than %d deep within others", maxNesting)
	}
	r.nested++
	return func() { r.nested-- }, r.spend(valueCost)
}

// scope has the variables of a part of the template.
type scope struct {
	vars  map[string]any
	outer *scope
}

func (s *scope) inner() *scope { return &scope{vars: map[string]any{}, outer: s} }

// get returns the value of a variable, which is undefined if no scope has it.
func (r *render) get(s *scope, name string) (any, error) {
	steps := 1
	for ; s != nil; s = s.outer {
		if v, ok := s.vars[name]; ok {
			return v, r.spend(steps)
		}
		steps++
	}
	return undefined(name), r.spend(steps)
}

// statement is a part of a template that writes.
type statement interface {
	run(r *render, s *scope, out *strings.Builder) error
}

type body []statement

func (b body) run(r *render, s *scope, out *strings.Builder) error {
	for _, one := range b {
		if err := one.run(r, s, out); err != nil {
			return err
		}
	}
	return nil
}

// text renders the body apart.
func (b body) text(r *render, s *scope) (string, error) {
	var out strings.Builder
	err := b.run(r, s, &out)
	return out.String(), err
}

// located is a statement whose errors say its line.
type located struct {
	statement
	line int
}

func (l *located) run(r *render, s *scope, out *strings.Builder) error {
	err := l.statement.run(r, s, out)
	if err == nil {
		return nil
	}
	if _, is := errors.AsType[*templateError](err); is {
		return err
	}
	if _, is := errors.AsType[jump](err); is {
		return err
	}
	return &templateError{l.line, err}
}

// arguments is what is given to a call.
type arguments struct {
	places []any
	named  map[string]any
}

// missing stands for an argument that is not given.
var missing any = new(int)

// take returns the arguments by the names of their places, missing for those that are not given.
func (a arguments) take(names ...string) ([]any, error) {
	if len(a.places) > len(names) {
		return nil, fmt.Errorf("%d arguments are given, and %d are known here", len(a.places), len(names))
	}
	out := make([]any, len(names))
	for i, name := range names {
		v, ok := a.named[name]
		switch {
		case i < len(a.places) && ok:
			return nil, fmt.Errorf("the argument %s is given twice", name)
		case i < len(a.places):
			v = a.places[i]
		case !ok:
			v = missing
		}
		out[i] = v
	}
	for name := range a.named {
		known := false
		for _, other := range names {
			known = known || name == other
		}
		if !known {
			return nil, fmt.Errorf("the argument %s is not known here", name)
		}
	}
	return out, nil
}
