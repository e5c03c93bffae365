package tokenizer

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

type (
	filter func(r *render, v any, a arguments) (any, error)
	test   func(r *render, v any, a arguments) (bool, error)
)

// filters, tests, functions and methods are those of Jinja and Python that chat templates use. They are filled in here:
// some of them look others up.
var (
	filters   map[string]filter
	tests     map[string]test
	functions map[string]any
	methods   map[string]func(r *render, s string, a arguments) (any, error)
)

func init() {
	filters = map[string]filter{
		"capitalize": textFilter("capitalize"), "lower": textFilter("lower"), "upper": textFilter("upper"),
		"replace": textFilter("replace"), "trim": textFilter("strip"),
		"length": lengthFilter, "default": defaultFilter, "dictsort": dictsortFilter, "items": itemsFilter,
		"first": endFilter(0), "last": endFilter(-1), "join": joinFilter, "list": listFilter,
		"map": mapFilter, "select": selectFilter(false, true), "reject": selectFilter(false, false),
		"selectattr": selectFilter(true, true), "rejectattr": selectFilter(true, false),
		"safe": stringFilter, "string": stringFilter, "tojson": tojsonFilter,
	}
	tests = map[string]test{
		"defined":   func(_ *render, v any, _ arguments) (bool, error) { return !isOf[undefined](v), nil },
		"undefined": func(_ *render, v any, _ arguments) (bool, error) { return isOf[undefined](v), nil },
		"none":      func(_ *render, v any, _ arguments) (bool, error) { return v == nil, nil },
		"true":      func(_ *render, v any, _ arguments) (bool, error) { return v == true, nil },
		"false":     func(_ *render, v any, _ arguments) (bool, error) { return v == false, nil },
		"boolean":   func(_ *render, v any, _ arguments) (bool, error) { return isOf[bool](v), nil },
		"string":    func(_ *render, v any, _ arguments) (bool, error) { return isOf[string](v), nil },
		"mapping":   func(_ *render, v any, _ arguments) (bool, error) { return isOf[*dict](v), nil },
		"integer":   func(_ *render, v any, _ arguments) (bool, error) { return isOf[int](v), nil },
		"number":    func(_ *render, v any, _ arguments) (bool, error) { return isNumber(v), nil },
		"iterable":  func(_ *render, v any, _ arguments) (bool, error) { return isSequence(v), nil },
		"sequence":  func(_ *render, v any, _ arguments) (bool, error) { return isSequence(v), nil },
		"equalto":   compareTest("=="), "==": compareTest("=="), "in": compareTest("in"),
	}
	functions = map[string]any{
		"namespace": function(namespaceFunction), "range": function(rangeFunction),
		"raise_exception": function(raiseFunction), "strftime_now": function(strftimeFunction),
	}
	methods = map[string]func(r *render, s string, a arguments) (any, error){
		"strip": stripMethod(true, true), "lstrip": stripMethod(true, false), "rstrip": stripMethod(false, true),
		"startswith": affixMethod(strings.HasPrefix), "endswith": affixMethod(strings.HasSuffix),
		"split": splitMethod, "replace": replaceMethod,
		"upper":      caseMethod(func(s string) string { return cases.Upper(language.Und).String(s) }),
		"lower":      caseMethod(func(s string) string { return cases.Lower(language.Und).String(s) }),
		"capitalize": caseMethod(capitalized),
	}
}

func isOf[T any](v any) bool {
	_, ok := v.(T)
	return ok
}

func isSequence(v any) bool {
	switch v.(type) {
	case string, list, tuple, *dict, undefined:
		return true
	}
	return false
}

// orElse returns an argument, or what stands for it if it is not given.
func orElse[T any](v any, otherwise T) (T, error) {
	if v == missing {
		return otherwise, nil
	}
	out, ok := v.(T)
	if !ok {
		return out, fmt.Errorf("%s is given where %s belongs", kindOfValue(v), kindOfValue(otherwise))
	}
	return out, nil
}

func compareTest(operator string) test {
	return func(r *render, v any, a arguments) (bool, error) {
		given, err := a.take("other")
		if err != nil || given[0] == missing {
			return false, errors.Join(err, errors.New("one argument is to be given"))
		}
		return r.compare(operator, v, given[0])
	}
}

func namespaceFunction(r *render, a arguments) (any, error) {
	ns := namespace{}
	for name, v := range a.named {
		ns[name] = v
	}
	if len(a.places) > 0 {
		return nil, errors.New("a namespace takes names with values")
	}
	return ns, r.spend(scopeCost * (1 + len(ns)))
}

func rangeFunction(r *render, a arguments) (any, error) {
	n := []int{0, 0, 1}
	if len(a.places) == 0 || len(a.places) > 3 || len(a.named) > 0 {
		return nil, errors.New("range takes one to three numbers")
	}
	for i, v := range a.places {
		k, ok := v.(int)
		if !ok {
			return nil, fmt.Errorf("range: %s is no whole number", kindOfValue(v))
		}
		if len(a.places) == 1 {
			i = 1
		}
		n[i] = k
	}
	if n[2] == 0 {
		return nil, errors.New("range: the step is zero")
	}
	var out list
	for i := n[0]; n[2] > 0 && i < n[1] || n[2] < 0 && i > n[1]; i += n[2] {
		if err := r.spend(2 * valueCost); err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// raised is what a template says against its messages.
type raised string

// Error is the template's own text.
func (e raised) Error() string { return string(e) }

func raiseFunction(r *render, a arguments) (any, error) {
	given, err := a.take("message")
	if err != nil {
		return nil, err
	}
	text, err := r.text(given[0])
	if err != nil {
		return nil, err
	}
	return nil, raised(text)
}

func strftimeFunction(r *render, a arguments) (any, error) {
	given, err := a.take("format")
	if err != nil {
		return nil, err
	}
	format, err := orElse(given[0], "")
	if err != nil {
		return nil, err
	}
	if err := r.spend(10 * len(format)); err != nil {
		return nil, err
	}
	return strftime(r.now(), format)
}
