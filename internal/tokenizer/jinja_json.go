package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonWriter writes values as Python's json.dumps does.
type jsonWriter struct {
	r        *render
	b        strings.Builder
	ascii    bool
	indent   string // of one level; empty if all is on one line
	between  string // elements
	afterKey string
}

// tojsonFilter is the filter of the transformers library: unlike Jinja's own it escapes nothing for HTML.
func tojsonFilter(r *render, v any, a arguments) (any, error) {
	given, err := a.take("ensure_ascii", "indent", "separators")
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{r: r, between: ", ", afterKey: ": "}
	if w.ascii, err = orElse(given[0], false); err != nil {
		return nil, err
	}
	if given[1] != missing && given[1] != nil {
		n, ok := given[1].(int)
		if !ok || n < 1 || n > 16 {
			return nil, errors.New("indent: 1 to 16 is known here")
		}
		w.indent, w.between = strings.Repeat(" ", n), ","
	}
	if given[2] != missing && given[2] != nil {
		pair, ok := given[2].(tuple)
		if !ok || len(pair) != 2 || !isOf[string](pair[0]) || !isOf[string](pair[1]) {
			return nil, errors.New("separators: two texts belong here")
		}
		w.between, w.afterKey = pair[0].(string), pair[1].(string)
	}
	err = w.value(v, "\n")
	return w.b.String(), err
}

// value writes a value; line is the line break before what stands beside it.
func (w *jsonWriter) value(v any, line string) error {
	leave, err := w.r.enter()
	if err != nil {
		return err
	}
	defer leave()
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case bool:
		fmt.Fprint(&w.b, v)
	case int:
		fmt.Fprint(&w.b, v)
	case float64:
		w.b.WriteString(floatText(v))
	case string:
		return w.text(v)
	case list:
		return w.all("[]", v, line, w.value)
	case tuple:
		return w.all("[]", v, line, w.value)
	case *dict:
		return w.all("{}", v.keys, line, func(key any, line string) error {
			name, ok := key.(string)
			if !ok {
				return errors.New("a key is no str")
			}
			if err := w.text(name); err != nil {
				return err
			}
			w.b.WriteString(w.afterKey)
			return w.value(v.values[key], line)
		})
	default:
		return fmt.Errorf("%s is nothing that JSON has", kindOfValue(v))
	}
	return nil
}

func (w *jsonWriter) all(brackets string, of []any, line string, write func(any, string) error) error {
	w.b.WriteByte(brackets[0])
	inner := line + w.indent
	if err := w.r.spend(len(of) * (len(inner) + len(w.between) + len(w.afterKey))); err != nil {
		return err
	}
	for i, one := range of {
		if i > 0 {
			w.b.WriteString(w.between)
		}
		if w.indent != "" {
			w.b.WriteString(inner)
		}
		if err := write(one, inner); err != nil {
			return err
		}
	}
	if w.indent != "" && len(of) > 0 {
		w.b.WriteString(line)
	}
	w.b.WriteByte(brackets[1])
	return nil
}

// jsonEscapes are the escapes of two characters.
var jsonEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`,
}

func (w *jsonWriter) text(s string) error {
	w.b.WriteByte('"')
	for _, c := range s {
		escape, ok := jsonEscapes[c]
		switch {
		case ok:
			w.b.WriteString(escape)
		case c < ' ' || w.ascii && c > '~' && c <= 0xFFFF:
			fmt.Fprintf(&w.b, `\u%04x`, c)
		case w.ascii && c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, high, low)
		default:
			w.b.WriteRune(c)
		}
	}
	w.b.WriteByte('"')
	return w.r.spend(len(s) + utf8.RuneCountInString(s))
}
