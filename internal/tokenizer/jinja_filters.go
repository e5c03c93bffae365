package tokenizer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// textFilter is a method of strings as a filter, which takes other values as their text.
func textFilter(name string) filter {
	return func(r *render, v any, a arguments) (any, error) {
		s, err := r.text(v)
		if err != nil {
			return nil, err
		}
		return methods[name](r, s, a)
	}
}

func stringFilter(r *render, v any, _ arguments) (any, error) { return r.text(v) }

func lengthFilter(r *render, v any, _ arguments) (any, error) {
	if s, ok := v.(string); ok {
		return utf8.RuneCountInString(s), r.spend(len(s))
	}
	all, err := r.elements(v)
	return len(all), err
}

func defaultFilter(_ *render, v any, a arguments) (any, error) {
	given, err := a.take("default_value", "boolean")
	if err != nil {
		return nil, err
	}
	falsy, err := orElse(given[1], false)
	if err != nil || !isOf[undefined](v) && (!falsy || truth(v)) {
		return v, err
	}
	if given[0] == missing {
		return "", nil
	}
	return given[0], nil
}

func itemsFilter(r *render, v any, _ arguments) (any, error) {
	switch v := v.(type) {
	case *dict:
		return v.items(r)
	case undefined:
		return list(nil), nil
	}
	return nil, fmt.Errorf("%s has no items", kindOfValue(v))
}

func (d *dict) items(r *render) (list, error) {
	out := make(list, len(d.keys))
	for i, key := range d.keys {
		out[i] = tuple{key, d.values[key]}
	}
	return out, r.spend(4 * valueCost * len(out))
}

func dictsortFilter(r *render, v any, a arguments) (any, error) {
	d, ok := v.(*dict)
	if !ok || len(a.places)+len(a.named) > 0 {
		return nil, errors.New("only a dict is sorted here, by its keys and without regard to case")
	}
	out, err := d.items(r)
	if err != nil {
		return nil, err
	}
	for _, pair := range out {
		if !isOf[string](pair.(tuple)[0]) {
			return nil, errors.New("a key is no str")
		}
	}
	lower := func(pair any) string { return strings.ToLower(pair.(tuple)[0].(string)) }
	slices.SortStableFunc(out, func(a, b any) int { return cmp.Compare(lower(a), lower(b)) })
	return out, r.spend(len(out))
}

func endFilter(place int) filter {
	return func(r *render, v any, _ arguments) (any, error) {
		all, err := r.elements(v)
		if err != nil || len(all) == 0 {
			return undefined("element"), err
		}
		return all[(place+len(all))%len(all)], nil
	}
}

func joinFilter(r *render, v any, a arguments) (any, error) {
	given, err := a.take("d")
	if err != nil {
		return nil, err
	}
	between, err := orElse(given[0], "")
	if err != nil {
		return nil, err
	}
	all, err := r.elements(v)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, one := range all {
		text, err := r.text(one)
		if err == nil {
			err = r.spend(1 + len(text) + len(between))
		}
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func listFilter(r *render, v any, _ arguments) (any, error) {
	all, err := r.elements(v)
	if err == nil {
		err = r.spend(valueCost * len(all))
	}
	if err != nil {
		return nil, err
	}
	return list(slices.Clone(all)), nil
}

func mapFilter(r *render, v any, a arguments) (any, error) {
	all, err := r.elements(v)
	if err == nil {
		err = r.spend(valueCost * len(all))
	}
	if err != nil {
		return nil, err
	}
	each := func(one any) (any, error) { return r.path(one, a.named["attribute"]) }
	if len(a.places) > 0 {
		name, _ := a.places[0].(string)
		do, ok := filters[name]
		if !ok {
			return nil, fmt.Errorf("the filter %q is not known here", name)
		}
		each = func(one any) (any, error) { return do(r, one, arguments{a.places[1:], a.named}) }
	} else if len(a.named) != 1 {
		return nil, errors.New("a filter or an attribute is to be given, and nothing else is known here")
	}
	out := make(list, len(all))
	for i, one := range all {
		if out[i], err = each(one); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// selectFilter keeps the elements that a test holds for, or does not hold for; of is the element or an attribute of it.
func selectFilter(ofAttribute, holds bool) filter {
	return func(r *render, v any, a arguments) (any, error) {
		all, err := r.elements(v)
		if err == nil {
			err = r.spend(valueCost * len(all))
		}
		if err != nil {
			return nil, err
		}
		places := a.places
		of := func(one any) (any, error) { return one, nil }
		if ofAttribute {
			if len(places) == 0 {
				return nil, errors.New("an attribute is to be given")
			}
			name := places[0]
			places = places[1:]
			of = func(one any) (any, error) { return r.path(one, name) }
		}
		check := func(_ *render, v any, _ arguments) (bool, error) { return truth(v), nil }
		if len(places) > 0 {
			name, _ := places[0].(string)
			named, ok := tests[name]
			if !ok {
				return nil, fmt.Errorf("the test %q is not known here", name)
			}
			check, places = named, places[1:]
		}
		var out list
		for _, one := range all {
			value, err := of(one)
			if err != nil {
				return nil, err
			}
			ok, err := check(r, value, arguments{places: places})
			if err != nil {
				return nil, err
			}
			if ok == holds {
				out = append(out, one)
			}
		}
		return out, nil
	}
}

// path returns the attribute of a value that filters mean by a name, as in selectattr("role").
func (r *render) path(v, name any) (any, error) {
	text, ok := name.(string)
	if !ok || strings.Contains(text, ".") {
		return nil, errors.New("the attribute has to be one name")
	}
	if d, ok := v.(*dict); ok {
		if value, ok, err := r.lookup(d, text); ok || err != nil {
			return value, err
		}
	}
	return r.attribute(v, text)
}
