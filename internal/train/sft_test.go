package train_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/train"
)

// render writes "u:… a:…" with a stroke at the end of each turn, and "a:" where the assistant is to begin.
func render(messages []train.Message) (prompt, full string, err error) {
	for i, m := range messages {
		if i == len(messages)-1 {
			prompt = full + "a:"
		}
		full += m.Role[:1] + ":" + m.Content + "|"
	}
	return prompt, full, nil
}

// encode makes a token of each byte, and one of ":=", which reaches over the place where an answer begins with "=".
func encode(text string) ([]int32, error) {
	var ids []int32
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], ":=") {
			ids = append(ids, 256)
			i++
			continue
		}
		ids = append(ids, int32(text[i]))
	}
	return ids, nil
}

// shown writes an example's tokens, those to learn in brackets.
func shown(e train.SFTExample) string {
	var b strings.Builder
	for i, id := range e.IDs {
		if e.Targets[i] && (i == 0 || !e.Targets[i-1]) {
			b.WriteByte('[')
		}
		b.WriteString(text(id))
		if e.Targets[i] && (i == len(e.IDs)-1 || !e.Targets[i+1]) {
			b.WriteByte(']')
		}
	}
	return b.String()
}

// text is what a token stands for.
func text(id int32) string {
	if id == 256 {
		return ":="
	}
	return string([]byte{byte(id)})
}

func row(t *testing.T, text string) jsonl.Row {
	t.Helper()
	return jsonl.Row{File: "in.jsonl", Line: 7, Raw: json.RawMessage(text)}
}

const talk = `{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"x"},` +
	`{"role":"user","content":"r"},{"role":"assistant","content":"yy"},{"role":"user","content":"left out"}]}`

func TestExample(t *testing.T) {
	all := train.SFT{Render: render, Encode: encode, MaxLength: 1000}
	last := all
	last.LastOnly = true
	for _, r := range []struct {
		name, row string
		sft       train.SFT
		want      string
	}{
		{"messages, every turn", talk, all, "s:s|u:q|a:[x|]u:r|a:[yy|]"},
		{"messages, the last turn", talk, last, "s:s|u:q|a:x|u:r|a:[yy|]"},
		{"prompt and response", `{"prompt":"q","response":"x"}`, all, "u:q|a:[x|]"},
		{"with a system message", `{"system":"s","prompt":"q","response":"x"}`, all, "s:s|u:q|a:[x|]"},
		{"instruction, input and output", `{"instruction":"q","input":"i","output":"x"}`, all, "u:q\ni|a:[x|]"},
		{"instruction and output", `{"instruction":"q","input":"","output":"x"}`, all, "u:q|a:[x|]"},
		{"question and program", `{"question":"q","program":"x","other":1}`, all, "u:q|a:[x|]"},
		{"messages before all else", `{"messages":[{"role":"assistant","content":"x"}],"prompt":"p","response":"y"}`, all, "a:[x|]"},
		{"an empty list and a prompt", `{"messages":[],"prompt":"q","response":"x"}`, all, "u:q|a:[x|]"},
		{"a token over the beginning", `{"prompt":"q","response":"=x"}`, all, "u:q|a:[=x|]"},
		{"the same in another turn", `{"prompt":"q:=","response":"x"}`, all, "u:q:=|a:[x|]"},
		{"an answer as long as is asked for", `{"prompt":"q","response":"x"}`, train.SFT{Render: render, Encode: encode, MaxLength: 8}, "u:q|a:[x|]"},
		{"cut", `{"prompt":"q","response":"xyz"}`, train.SFT{Render: render, Encode: encode, MaxLength: 7, Truncate: true}, "u:q|a:[x]"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e, drop, err := r.sft.Example(row(t, r.row))
			if err != nil || drop != nil {
				t.Fatalf("Example(%s) = drop %+v, error %v", r.row, drop, err)
			}
			if got := shown(e); got != r.want {
				t.Errorf("Example(%s) = %s, want %s", r.row, got, r.want)
			}
			if want := strings.Contains(r.row, `"=x"`); e.Apart != want {
				t.Errorf("Example(%s) is apart: %v, want %v", r.row, e.Apart, want)
			}
		})
	}
}

func TestExampleThatIsTooLong(t *testing.T) {
	for _, r := range []struct {
		name, row string
		truncate  bool
		id        string
	}{
		{"dropped", `{"id":"a","prompt":"q","response":"xyz"}`, false, "a"},
		{"a number as id", `{"id":12345678,"prompt":"q","response":"xyz"}`, false, "12345678"},
		{"no id", `{"id":null,"prompt":"q","response":"xyz"}`, false, "in.jsonl:7"},
		{"nothing to learn is left", `{"id":"a","prompt":"longer","response":"x"}`, true, "a"},
	} {
		s := train.SFT{Render: render, Encode: encode, MaxLength: 7, Truncate: r.truncate}
		_, drop, err := s.Example(row(t, r.row))
		if err != nil || drop == nil || drop.ID != r.id || drop.Reason != acecoder.DropTooLong || drop.Stage != "sft" ||
			!strings.Contains(drop.Detail, "at most 7") {
			t.Errorf("%s: Example = %+v, %v, want a drop of %s", r.name, drop, err, r.id)
		}
	}
}

func TestRowThatCannotBeUsed(t *testing.T) {
	s := train.SFT{Render: render, Encode: encode, MaxLength: 1000}
	for _, r := range []struct{ name, row, want string }{
		{"no form", `{"text":"x"}`, "want messages, or prompt and response"},
		{"half a form", `{"prompt":"x","output":"y"}`, "want messages, or prompt and response"},
		{"another type", `{"prompt":["x"],"response":"y"}`, "prompt: want a string, got an array"},
		{"a name in capitals", `{"Prompt":"x","response":"y"}`, "the field is written prompt"},
		{"an empty answer", `{"prompt":"x","response":" \n"}`, "says nothing"},
		{"only a question", `{"messages":[{"role":"user","content":"x"}]}`, "says nothing"},
		{"a null answer", `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null}]}`, "message 1: the assistant says nothing"},
		{"an unknown role", `{"messages":[{"role":"human","content":"x"}]}`, `message 0: role "human"`},
		{"no JSON", `{"prompt":`, "in.jsonl:7"},
	} {
		_, drop, err := s.Example(row(t, r.row))
		bad, isRow := errors.AsType[*jsonl.RowError](err)
		if drop != nil || !isRow || !strings.Contains(err.Error(), r.want) || bad.Line != 7 {
			t.Errorf("%s: Example(%s) = %v, want a row's error with %q", r.name, r.row, err, r.want)
		}
	}
}

func TestTemplateThatForgetsEarlierTurns(t *testing.T) {
	forgets := func(messages []train.Message) (string, string, error) {
		return render(messages[max(0, len(messages)-2):])
	}
	s := train.SFT{Render: forgets, Encode: encode, MaxLength: 1000}
	if _, _, err := s.Example(row(t, talk)); err == nil || !strings.Contains(err.Error(), "in.jsonl:7: message 2: the chat template") {
		t.Errorf("Example = %v, want an error that names the message", err)
	}
	s.LastOnly = true
	e, _, err := s.Example(row(t, talk))
	if got := shown(e); err != nil || got != "u:r|a:[yy|]" {
		t.Errorf("with the last turn only, Example = %s, %v", got, err)
	}
}

func TestFunctionsThatFail(t *testing.T) {
	broken := errors.New("broken")
	for _, s := range []train.SFT{
		{Render: func([]train.Message) (string, string, error) { return "", "", broken }, Encode: encode},
		{Render: render, Encode: func(string) ([]int32, error) { return nil, broken }},
		{Render: render, Encode: func(text string) ([]int32, error) { // only of a part
			if strings.HasSuffix(text, "a:") {
				return nil, broken
			}
			return encode(text)
		}},
	} {
		if _, _, err := s.Example(row(t, `{"prompt":"q","response":"x"}`)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "in.jsonl:7") {
			t.Errorf("Example = %v, want %v with the row's place", err, broken)
		}
	}
}

func TestSizeCountsWhatCanBePredicted(t *testing.T) {
	e := train.SFTExample{IDs: []int32{1, 2, 3}, Targets: []bool{true, false, true}}
	if got, want := e.Size(), (train.Size{Length: 3, Targets: 1}); got != want {
		t.Errorf("Size() = %+v, want %+v", got, want)
	}
}

// Whatever the texts: the tokens are those of the whole, or of the parts, and the targets are what the assistant says.
func FuzzExample(f *testing.F) {
	f.Add("q", "x", "r", "y")
	f.Add("=", "=", ":", "=:=")
	f.Add("|a:", "a:=", "", "\xff")
	f.Fuzz(func(t *testing.T, q1, a1, q2, a2 string) {
		if !utf8.ValidString(q1 + " " + a1 + " " + q2 + " " + a2) {
			t.Skip("JSON has no such text")
		}
		raw, err := json.Marshal(map[string]any{"messages": []train.Message{{"user", q1}, {"assistant", a1}, {"user", q2}, {"assistant", a2}}})
		if err != nil {
			t.Fatal(err)
		}
		s := train.SFT{Render: render, Encode: encode, MaxLength: 1 << 20}
		e, _, err := s.Example(jsonl.Row{File: "f", Line: 1, Raw: raw})
		if err != nil {
			return // an answer of nothing but space
		}
		learned, whole := "", ""
		for i, id := range e.IDs {
			whole += text(id)
			if e.Targets[i] {
				learned += text(id)
			}
		}
		if want := a1 + "|" + a2 + "|"; learned != want {
			t.Errorf("%q and %q: learned %q, want %q", q1, q2, learned, want)
		}
		if want := "u:" + q1 + "|a:" + a1 + "|u:" + q2 + "|a:" + a2 + "|"; whole != want {
			t.Errorf("the tokens are %q, want %q", whole, want)
		}
	})
}
