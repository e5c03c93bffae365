package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// others are attributes of Python's strings and dicts that are not known here; a template that asks for one is not to
// be told that there is none.
var others = map[string]string{
	"str": " casefold center count encode expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit" +
		" isidentifier islower isnumeric isprintable isspace istitle isupper join ljust maketrans partition removeprefix" +
		" removesuffix rfind rindex rjust rpartition rsplit splitlines swapcase title translate zfill ",
	"dict":  " clear copy fromkeys pop popitem setdefault update ",
	"list":  " append clear copy count extend index insert pop remove reverse sort ",
	"tuple": " count index ",
	"int":   " as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag numerator real to_bytes ",
	"bool":  " as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag numerator real to_bytes ",
	"float": " as_integer_ratio conjugate fromhex hex imag is_integer real ",
}

// methodOf returns a method of a value; nil if it has none of that name.
func methodOf(v any, name string) (any, error) {
	kind := kindOfValue(v)
	if strings.HasPrefix(name, "_") || strings.Contains(others[kind], " "+name+" ") {
		return nil, fmt.Errorf("%s.%s is not known here", kind, name)
	}
	switch v := v.(type) {
	case string:
		if do, ok := methods[name]; ok {
			return function(func(r *render, a arguments) (any, error) { return do(r, v, a) }), nil
		}
	case *dict:
		return v.method(name), nil
	}
	return nil, nil
}

func (d *dict) method(name string) any {
	switch name {
	case "items":
		return function(func(r *render, _ arguments) (any, error) { return d.items(r) })
	case "keys":
		return function(func(r *render, _ arguments) (any, error) { return list(d.keys), r.spend(1) })
	case "values":
		return function(func(r *render, _ arguments) (any, error) {
			out := make(list, len(d.keys))
			for i, key := range d.keys {
				out[i] = d.values[key]
			}
			return out, r.spend(valueCost * len(out))
		})
	case "get":
		return function(func(r *render, a arguments) (any, error) {
			given, err := a.take("key", "default")
			if err != nil {
				return nil, err
			}
			if given[1] == missing {
				given[1] = nil
			}
			v, ok, err := r.lookup(d, given[0])
			if err != nil || ok {
				return v, err
			}
			return given[1], nil
		})
	}
	return nil
}

func stripMethod(left, right bool) func(r *render, s string, a arguments) (any, error) {
	return func(r *render, s string, a arguments) (any, error) {
		given, err := a.take("chars")
		if err != nil {
			return nil, err
		}
		is := isPythonSpace
		if given[0] != missing && given[0] != nil {
			chars, err := orElse(given[0], "")
			if err != nil {
				return nil, err
			}
			is = func(c rune) bool { return strings.ContainsRune(chars, c) }
			if err := r.spend(len(s) * len(chars)); err != nil {
				return nil, err
			}
		}
		if left {
			s = strings.TrimLeftFunc(s, is)
		}
		if right {
			s = strings.TrimRightFunc(s, is)
		}
		return s, r.spend(len(s))
	}
}

func affixMethod(has func(s, affix string) bool) func(r *render, s string, a arguments) (any, error) {
	return func(r *render, s string, a arguments) (any, error) {
		given, err := a.take("affix")
		if err != nil {
			return nil, err
		}
		affix, ok := given[0].(string)
		if !ok {
			return nil, fmt.Errorf("%s as the text to look for is not known here", kindOfValue(given[0]))
		}
		return has(s, affix), r.spend(len(affix))
	}
}

func splitMethod(r *render, s string, a arguments) (any, error) {
	given, err := a.take("sep", "maxsplit")
	if err != nil {
		return nil, err
	}
	most, err := orElse(given[1], -1)
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	var parts []string
	if given[0] == missing || given[0] == nil {
		if most >= 0 {
			return nil, errors.New("a number of parts without a text between them is not known here")
		}
		if err := r.spend(valueCost * len(s)); err != nil { // every second byte may be a word
			return nil, err
		}
		parts = strings.FieldsFunc(s, isPythonSpace)
	} else {
		sep, err := orElse(given[0], "")
		if err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, errors.New("the text to split by is empty")
		}
		if err := r.spend(2 * valueCost * strings.Count(s, sep)); err != nil {
			return nil, err
		}
		parts = strings.SplitN(s, sep, max(-1, most+min(1, most+1)))
	}
	out := make(list, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out, nil
}

func replaceMethod(r *render, s string, a arguments) (any, error) {
	given, err := a.take("old", "new", "count")
	if err != nil {
		return nil, err
	}
	old, ok := given[0].(string)
	by, alsoOK := given[1].(string)
	if !ok || !alsoOK {
		return nil, errors.New("two texts are to be given")
	}
	if given[2] == nil {
		given[2] = missing
	}
	most, err := orElse(given[2], -1)
	if err != nil {
		return nil, err
	}
	n := strings.Count(s, old)
	if most >= 0 {
		n = min(n, most)
	}
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	if len(by) > 0 && n > r.work/len(by) {
		return nil, errWork
	}
	return strings.Replace(s, old, by, n), r.spend(n * len(by))
}

func caseMethod(do func(string) string) func(r *render, s string, a arguments) (any, error) {
	return func(r *render, s string, a arguments) (any, error) {
		if len(a.places)+len(a.named) > 0 {
			return nil, errors.New("no argument belongs here")
		}
		return do(s), r.spend(3 * len(s))
	}
}

func capitalized(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToTitle(first)) + cases.Lower(language.Und).String(s[size:])
}
