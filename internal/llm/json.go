package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/kaptinlin/jsonrepair"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// BadAnswerError tells that an answer does not hold the JSON that was asked for, which is the record's fate.
type BadAnswerError struct {
	Message string
}

// Error says what is there instead.
func (e *BadAnswerError) Error() string { return e.Message }

// JSON finds the value of a schema in an answer and reads it into what into points to. An answer may have prose and
// fences around the value, several values, of which the last whole one that fits is taken, and slips that have one
// meaning only: Python's quotes and keywords, raw line ends in strings, comments, superfluous commas. It tells
// whether anything of that kind had to be repaired.
//
// An answer that ends inside its only fitting value is shortened to what is whole: the first array that the cut goes
// through keeps the elements that have ended, the objects around it the members that have, and all else of the cut is
// left out. So every element of that array, and every other text that comes out, is one of the answer that would have
// been.
//
// The schema is an object's or an array's; nil takes any of the two. A [BadAnswerError] says that there is no such
// value; any other error, that the schema is none or that into is no pointer.
func JSON(text string, schema *Schema, into any) (repaired bool, err error) {
	form, err := compile(schema)
	if err != nil {
		return false, err
	}
	found := find(text, form.openers)
	r := repairer{work: maxRepair}
	for i, at := range slices.Backward(found.whole) {
		data, repaired, err := r.value(text, at)
		if err == nil {
			err = form.check(data)
		}
		if err == nil {
			return repaired, decode(data, into)
		}
		if i == len(found.whole)-1 {
			found.fault = err // the last one is the one that was meant
		}
	}
	if found.cut < 0 {
		return false, found.fault
	}
	data, err := r.start(text, found.cut)
	if err == nil {
		err = form.check(data)
	}
	if err != nil {
		return false, &BadAnswerError{"the answer is cut off: " + err.Error()}
	}
	return true, decode(data, into)
}

// decode hands the value over. What fits the schema may still be too large a number.
func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if misfit, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &BadAnswerError{fmt.Sprintf("%s: %s where a %v was to be", misfit.Field, misfit.Value, misfit.Type)}
	}
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	return nil
}

// form is a schema made ready.
type form struct {
	schema  *jsonschema.Resolved // nil: any value
	openers string               // the brackets that its value may begin with
}

// forms are the schemas that were made ready, by their text. A program has a handful.
var forms sync.Map

func compile(schema *Schema) (form, error) {
	if schema == nil {
		return form{openers: "{["}, nil
	}
	if f, ok := forms.Load(string(schema.Schema)); ok {
		return f.(form), nil
	}
	f, err := newForm(schema)
	if err == nil {
		forms.Store(string(schema.Schema), f)
	}
	return f, err
}

func newForm(schema *Schema) (form, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(schema.Schema, &s); err != nil {
		return form{}, fmt.Errorf("schema %s: %w", schema.Name, err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return form{}, fmt.Errorf("schema %s: %w", schema.Name, err)
	}
	f := form{resolved, "{["}
	switch s.Type {
	case "object":
		f.openers = "{"
	case "array":
		f.openers = "["
	}
	return f, nil
}

func (f form) check(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return &BadAnswerError{fmt.Sprintf("no JSON: %v", err)}
	}
	if f.schema == nil {
		return nil
	}
	if err := f.schema.Validate(value); err != nil {
		return &BadAnswerError{fmt.Sprintf("does not fit the schema: %v", err)}
	}
	return nil
}

// span is where a value stands in a text.
type span struct{ start, end int }

// values is what a text holds that looks like JSON.
type values struct {
	whole []span // in their order
	cut   int    // where the one begins that the text cuts off; -1 if none does
	fault error  // what is wrong where nothing fits
}

// find looks for values in a text. It does not look inside of values, for brackets in the code of a string are no
// answer, and looks at each byte once.
func find(text, openers string) values {
	v := values{cut: -1, fault: &BadAnswerError{"no JSON in the answer"}}
	for at := 0; at >= 0; {
		i := strings.IndexAny(text[at:], openers)
		if i < 0 {
			break
		}
		at += i
		s, end := scan(text, at)
		switch {
		case end == cut:
			v.cut = at
			return v
		case end == whole:
			v.whole = append(v.whole, span{at, s.pos})
			at = s.pos
		case s.began:
			v.fault = &BadAnswerError{fmt.Sprintf("no JSON where it goes on with %.40q", text[s.pos:])}
			// It was meant, and is broken. What follows is its inside, until a line says otherwise.
			at = nextLine(text, s.pos, openers)
		default:
			at = max(s.pos, at+1)
		}
	}
	return v
}

// nextLine returns where the next line begins that begins with an opener; -1 if none does.
func nextLine(text string, at int, openers string) int {
	for {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
		if at < len(text) && strings.IndexByte(openers, text[at]) >= 0 {
			return at
		}
	}
}

// maxRepair is how many bytes of skeletons an answer may have repaired. The repairing takes quadratic time, and no
// answer that is worth it has a skeleton of more than a few hundred bytes.
const maxRepair = 16 << 10

// repairer makes JSON of values that are not quite.
type repairer struct {
	work int // bytes that may still be repaired
}

// value returns a whole value as JSON, and whether it was not JSON before.
func (r *repairer) value(text string, at span) ([]byte, bool, error) {
	if raw := []byte(text[at.start:at.end]); json.Valid(raw) {
		return raw, false, nil
	}
	s, _ := scan(text[:at.end], at.start)
	data, err := r.repair(s)
	return data, true, err
}

// start returns as JSON what is whole of a value that the text cuts off.
func (r *repairer) start(text string, at int) ([]byte, error) {
	s, _ := scan(text, at)
	s.shorten()
	if len(s.out) == len("[]") {
		return nil, &BadAnswerError{"nothing of it is whole"}
	}
	return r.repair(s)
}

// repair has the skeleton repaired and puts the strings back.
func (r *repairer) repair(s *scanner) ([]byte, error) {
	skeleton := string(s.out)
	if !json.Valid(s.out) {
		if r.work -= len(skeleton); r.work < 0 {
			return nil, &BadAnswerError{"too much of it is no JSON"}
		}
		repaired, err := jsonrepair.Repair(skeleton)
		if err != nil {
			return nil, &BadAnswerError{fmt.Sprintf("no JSON, and beyond repair: %v", err)}
		}
		if essence.Replace(repaired) != essence.Replace(skeleton) {
			return nil, &BadAnswerError{"no JSON, and a repair would be a guess"}
		}
		skeleton = repaired
	}
	return s.fill(skeleton)
}

// essence leaves of a skeleton what a repair must not change.
var essence = strings.NewReplacer(",", "", "...", "", "True", "true", "False", "false", "None", "null")

// fill replaces the numbers in a skeleton by the strings.
func (s *scanner) fill(skeleton string) ([]byte, error) {
	var out []byte
	for i := 0; ; i++ {
		before, rest, found := strings.Cut(skeleton, `"`)
		out = append(out, before...)
		if !found {
			return out, nil
		}
		_, skeleton, _ = strings.Cut(rest, `"`) // the numbers are 0, 1, 2 …
		text, ok := s.unquote(i)
		if !ok {
			return nil, &BadAnswerError{"a string has escapes that only Python knows"}
		}
		quoted, err := wire.Encode(text)
		if err != nil {
			return nil, err
		}
		out = append(out, quoted...)
	}
}
