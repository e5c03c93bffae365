package pipeline

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/printer"
	"github.com/goccy/go-yaml/token"
)

// ConfigError is a mistake in a configuration, with the place where it stands.
type ConfigError struct {
	File    string
	Line    int    // 0 where the mistake is that something is not there
	Column  int    // of the line, from 1
	Path    string // of the value, such as synth.model; may be empty
	Message string
	Excerpt string // the lines around it with a mark; may be empty
}

// Error writes file:line:column: path: what is wrong, and the lines of the file.
func (e *ConfigError) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	if e.Path != "" {
		text += ": " + e.Path
	}
	text += ": " + e.Message
	if e.Excerpt != "" {
		text += "\n" + strings.TrimRight(e.Excerpt, "\n")
	}
	return text
}

// Read reads a run's configuration: the preset's values, over them the file's, over them the settings, each "a.b=value"
// with the value in YAML. Paths are taken from the file's folder. Every mistake is a [ConfigError].
func Read(path string, settings ...string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return parse(path, text, settings)
}

// source is one text of a configuration: the file, or one setting from the command line.
type source struct {
	name string
	text []byte
}

func parse(file string, text []byte, settings []string) (*Config, error) {
	sources := []source{{file, text}}
	for _, setting := range settings {
		s, err := settingSource(setting)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	preset := struct {
		Preset Preset `json:"preset"`
	}{Paper}
	for _, s := range sources {
		if err := s.check(); err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(s.text, &preset); err != nil {
			return nil, s.error(err)
		}
	}
	c, err := cmp.Or(preset.Preset, Paper).defaults()
	if err != nil {
		return nil, locate(sources, &problem{"preset", errors.New(strings.TrimPrefix(err.Error(), "preset: "))})
	}
	if err := decodeAll(sources, &c); err != nil {
		return nil, err
	}
	c.resolve(filepath.Dir(file))
	if p := c.validate(); p != nil {
		return nil, locate(sources, p)
	}
	return &c, nil
}

// decodeAll puts the texts into the configuration, the later ones over the earlier. They are merged first: decoded one
// after the other, a setting within a mapping such as endpoints would leave nothing else of the entry.
func decodeAll(sources []source, c *Config) error {
	merged := map[string]any{}
	for _, s := range sources {
		var one map[string]any
		if err := yaml.Unmarshal(s.text, &one); err != nil {
			return s.error(err)
		}
		merge(merged, one)
	}
	text, err := yaml.Marshal(merged)
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, c, yaml.Strict())
	}
	if err != nil {
		return &ConfigError{File: sources[0].name, Message: err.Error()} // each was checked alone, so this is hardly ever met
	}
	return nil
}

// merge puts one mapping into another, mappings within it likewise.
func merge(into, from map[string]any) {
	for key, value := range from {
		inner, ok := value.(map[string]any)
		before, both := into[key].(map[string]any)
		if ok && both {
			merge(before, inner)
			continue
		}
		into[key] = value
	}
}

// settingSource makes a YAML text of "a.b=value".
func settingSource(setting string) (source, error) {
	path, value, ok := strings.Cut(setting, "=")
	keys := strings.Split(path, ".")
	if !ok || slices.Contains(keys, "") {
		return source{}, fmt.Errorf("--set %s: want a name and a value, such as sample.n=8", setting)
	}
	var b strings.Builder
	for i, key := range keys {
		fmt.Fprintf(&b, "%s%s:", strings.Repeat("  ", i), key)
		if i == len(keys)-1 {
			fmt.Fprintf(&b, " %s\n", value)
		} else {
			b.WriteByte('\n')
		}
	}
	return source{"--set " + setting, []byte(b.String())}, nil
}

// error gives an error of the YAML library its place.
func (s source) error(err error) error {
	e := &ConfigError{File: s.name, Message: err.Error()}
	var known yaml.Error
	if errors.As(err, &known) && known.GetToken() != nil {
		e.Message = known.GetMessage()
		s.mark(e, known.GetToken())
	}
	return e
}

// mark notes a token's place.
func (s source) mark(e *ConfigError, at *token.Token) {
	var p printer.Printer
	e.Line, e.Column = at.Position.Line, at.Position.Column
	e.Excerpt = p.PrintErrorToken(at, false)
	switch {
	case strings.HasPrefix(s.name, "--set"):
		e.Line, e.Excerpt = 0, "" // nobody wrote those lines
	case at.Type == token.ImplicitNullType:
		e.Excerpt = "" // nor that value
	}
}

// check goes through the text beside the type that it is to become, and tells of names that there are not and of values
// that are none, which the library would say without their place, or round.
func (s source) check() error {
	file, err := parser.ParseBytes(s.text, 0)
	if err != nil {
		return s.error(err)
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if err := s.value(doc.Body, reflect.TypeFor[Config](), ""); err != nil {
			return err
		}
	}
	return nil
}

// value checks one value of a type.
func (s source) value(node ast.Node, t reflect.Type, path string) error {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return s.value(n.Value, t, path)
	case *ast.AliasNode, *ast.NullNode:
		return nil
	case *ast.MappingNode:
		for _, v := range n.Values {
			if err := s.pair(v, t, path); err != nil {
				return err
			}
		}
		return s.kind(node, t, path, reflect.Struct, reflect.Map)
	case *ast.MappingValueNode:
		return s.pair(n, t, path)
	case *ast.SequenceNode:
		if err := s.kind(node, t, path, reflect.Slice); err != nil {
			return err
		}
		for i, v := range n.Values {
			if err := s.value(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return s.scalar(node, t, path)
}

// kind checks that a mapping or a list is where one belongs.
func (s source) kind(node ast.Node, t reflect.Type, path string, kinds ...reflect.Kind) error {
	if slices.Contains(kinds, t.Kind()) {
		return nil
	}
	return s.fault(node.GetToken(), path, fmt.Sprintf("want %s here", describe(t)))
}

// pair checks one key and its value.
func (s source) pair(n *ast.MappingValueNode, t reflect.Type, path string) error {
	if n.Key.IsMergeKey() {
		return s.value(n.Value, t, path)
	}
	if err := s.kind(n, t, path, reflect.Struct, reflect.Map); err != nil {
		return err
	}
	key := n.Key.GetToken()
	name := key.Value
	inner := strings.TrimPrefix(path+"."+name, ".")
	if t.Kind() == reflect.Map {
		return s.value(n.Value, t.Elem(), inner)
	}
	fields := fieldsOf(t)
	for _, f := range fields {
		if f.name == name {
			return s.value(n.Value, f.typ, inner)
		}
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	message := fmt.Sprintf("%q is not known here", name)
	if near := nearest(name, names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	} else {
		message += "; there are " + strings.Join(names, ", ")
	}
	return s.fault(key, path, message)
}

// scalar checks a text or a number.
func (s source) scalar(node ast.Node, t reflect.Type, path string) error {
	text := node.GetToken().Value
	_, number := node.(*ast.FloatNode)
	_, whole := node.(*ast.IntegerNode)
	_, truth := node.(*ast.BoolNode)
	if reader, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok {
		if err := reader.UnmarshalText([]byte(text)); err != nil {
			return s.fault(node.GetToken(), path, err.Error())
		}
		return nil
	}
	if t == reflect.TypeFor[time.Duration]() {
		if _, err := time.ParseDuration(text); err != nil {
			return s.fault(node.GetToken(), path, fmt.Sprintf("%q is no time; say it with its unit, such as 90s or 10m", text))
		}
		return nil
	}
	good := true
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		good = false
	case reflect.Int:
		good = whole
	case reflect.Float64:
		good = whole || number
	case reflect.Bool:
		good = truth
	}
	if !good {
		return s.fault(node.GetToken(), path, fmt.Sprintf("%s where %s belongs", strconv.Quote(text), describe(t)))
	}
	return nil
}

func (s source) fault(at *token.Token, path, message string) error {
	e := &ConfigError{File: s.name, Path: path, Message: message}
	s.mark(e, at)
	return e
}

// describe says what a type takes.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a mapping (name: value)"
	case reflect.Slice:
		return "a list (- value)"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	}
	return "a text"
}

// field is one name of a mapping.
type field struct {
	name string
	typ  reflect.Type
}

// fieldsOf lists the names that a struct takes, those of embedded ones among them.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			all = append(all, fieldsOf(f.Type)...)
		case name != "" && name != "-":
			all = append(all, field{name, f.Type})
		}
	}
	return all
}

// locate finds where a value stands that is wrong: in the last text that gives it, or in one that gives what it is in.
func locate(sources []source, p *problem) error {
	for path := p.path; path != ""; path = parent(path) {
		for _, s := range slices.Backward(sources) {
			file, err := parser.ParseBytes(s.text, 0)
			if err != nil {
				continue
			}
			find, err := yaml.PathString("$." + path)
			if err != nil {
				continue
			}
			node, err := find.FilterFile(file)
			if err != nil || node == nil {
				continue
			}
			e := &ConfigError{File: s.name, Path: p.path, Message: p.err.Error()}
			s.mark(e, node.GetToken())
			return e
		}
	}
	return &ConfigError{File: sources[0].name, Path: p.path, Message: p.err.Error()}
}

// parent is the path of what a value is in.
func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

// nearest is the name that a misspelt one is most likely to be; none where all are far.
func nearest(name string, names []string) string {
	best, least := "", 1+max(1, len(name)/3)
	for _, other := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(other)); d < least {
			best, least = other, d
		}
	}
	return best
}

// distance is how many letters have to be put in, taken out, changed or swapped with the next to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
