package tokenizer

import (
	"errors"
	"fmt"
	"strings"
)

type data string

func (d data) run(r *render, _ *scope, out *strings.Builder) error {
	out.WriteString(string(d))
	return r.spend(1 + len(d))
}

type output struct{ of expression }

func (o output) run(r *render, s *scope, out *strings.Builder) error {
	v, err := o.of.eval(r, s)
	if err != nil {
		return err
	}
	text, err := r.text(v)
	out.WriteString(text)
	return errors.Join(err, r.spend(len(text)))
}

// jump is {% break %} or {% continue %}, which travel to their loop as an error.
type jump string

// Error makes it an error.
func (j jump) Error() string { return string(j) }

func (j jump) run(*render, *scope, *strings.Builder) error { return j }

type loopStatement struct {
	targets       []string
	over          expression
	only          expression // nil if the loop goes through all
	do, otherwise body
}

func (f *loopStatement) run(r *render, s *scope, out *strings.Builder) error {
	v, err := f.over.eval(r, s)
	if err != nil {
		return err
	}
	all, err := r.elements(v)
	if err != nil {
		return err
	}
	if all, err = f.chosen(r, s, all); err != nil {
		return err
	}
	if len(all) == 0 {
		return f.otherwise.run(r, s.inner(), out)
	}
	for i := range all {
		if err := r.spend(scopeCost); err != nil {
			return err
		}
		in := s.inner()
		if err := r.assign(in, f.targets, all[i]); err != nil {
			return err
		}
		in.vars["loop"] = &loop{all, i}
		err := f.do.run(r, in, out)
		if j, jumps := errors.AsType[jump](err); jumps {
			if j == "break" {
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chosen returns the elements that the loop's condition holds for.
func (f *loopStatement) chosen(r *render, s *scope, all []any) ([]any, error) {
	if f.only == nil {
		return all, nil
	}
	var out []any
	for _, one := range all {
		if err := r.spend(scopeCost); err != nil {
			return nil, err
		}
		in := s.inner()
		if err := r.assign(in, f.targets, one); err != nil {
			return nil, err
		}
		v, err := f.only.eval(r, in)
		if err != nil {
			return nil, err
		}
		if truth(v) {
			out = append(out, one)
		}
	}
	return out, nil
}

// loop is what a template sees of the loop that it is in.
type loop struct {
	all []any
	at  int
}

func (l *loop) attribute(name string) (any, error) {
	switch name {
	case "index":
		return l.at + 1, nil
	case "index0":
		return l.at, nil
	case "first":
		return l.at == 0, nil
	case "last":
		return l.at == len(l.all)-1, nil
	case "length":
		return len(l.all), nil
	case "previtem":
		if l.at == 0 {
			return undefined("loop.previtem"), nil
		}
		return l.all[l.at-1], nil
	case "nextitem":
		if l.at == len(l.all)-1 {
			return undefined("loop.nextitem"), nil
		}
		return l.all[l.at+1], nil
	}
	return nil, fmt.Errorf("loop.%s is not known here", name)
}

// branch is a condition and what is done if it holds.
type branch struct {
	condition expression
	do        body
}

type ifStatement []branch

func (f ifStatement) run(r *render, s *scope, out *strings.Builder) error {
	for _, b := range f {
		v, err := b.condition.eval(r, s)
		if err != nil {
			return err
		}
		if truth(v) {
			return b.do.run(r, s, out)
		}
	}
	return nil
}

type setStatement struct {
	targets   []string
	attribute string     // of a namespace; empty if a variable is set
	value     expression // nil if it is the text of a block
	text      body
}

func (t *setStatement) run(r *render, s *scope, _ *strings.Builder) error {
	var v any
	var err error
	if t.value == nil {
		v, err = t.text.text(r, s.inner())
	} else {
		v, err = t.value.eval(r, s)
	}
	if err != nil {
		return err
	}
	if t.attribute == "" {
		return r.assign(s, t.targets, v)
	}
	owner, err := r.get(s, t.targets[0])
	if err != nil {
		return err
	}
	ns, ok := owner.(namespace)
	if !ok {
		return fmt.Errorf("%s is no namespace, and nothing else can be changed", t.targets[0])
	}
	ns[t.attribute] = v
	return nil
}

// assign gives a value to a name, or its elements to several.
func (r *render) assign(s *scope, targets []string, v any) error {
	if len(targets) == 1 {
		s.vars[targets[0]] = v
		return nil
	}
	parts, err := r.elements(v)
	if err != nil {
		return err
	}
	if len(parts) != len(targets) {
		return fmt.Errorf("%d values for %d names", len(parts), len(targets))
	}
	for i, target := range targets {
		s.vars[target] = parts[i]
	}
	return nil
}

type macroStatement struct {
	name     string
	names    []string
	defaults []expression // nil where there is none
	do       body
}

// maxCalls bounds how many macros call each other.
const maxCalls = 200

func (m *macroStatement) run(_ *render, s *scope, _ *strings.Builder) error {
	s.vars[m.name] = function(func(r *render, a arguments) (any, error) {
		if r.calls >= maxCalls {
			return nil, errWork
		}
		r.calls++
		defer func() { r.calls-- }()
		if err := r.spend(scopeCost * (1 + len(m.names))); err != nil {
			return nil, err
		}
		values, err := a.take(m.names...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		in := s.inner()
		for i, name := range m.names {
			v := values[i]
			if v == missing {
				v = undefined(name)
				if m.defaults[i] != nil {
					if v, err = m.defaults[i].eval(r, in); err != nil {
						return nil, err
					}
				}
			}
			in.vars[name] = v
		}
		return m.do.text(r, in)
	})
	return nil
}

type generationStatement body

func (g generationStatement) run(r *render, s *scope, out *strings.Builder) error {
	return body(g).run(r, s.inner(), out)
}
