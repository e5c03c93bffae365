package reward

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Stage is the name under which drops of this package are reported.
const Stage = "reward"

// Pair is two texts as tokens, of which the first is the better one.
type Pair struct {
	ID       string
	Question string // says which pairs are of one question
	Subset   string // of a benchmark, if the row has one
	Chosen   []int32
	Rejected []int32
	Margin   float64 // 0 if the row has none
}

// Reader makes tokens of rows.
type Reader struct {
	Form      Form
	Render    func(Form, []tokenizer.Message) (string, error)
	Encode    func(string) []int32 // of text that may have special tokens in it
	MaxLength int                  // tokens
	Truncate  bool                 // cut longer texts at their end; else they are passed over
	Margin    bool                 // each pair has to have a margin
}

// Reader reads rows in the model's form.
func (m *Model) Reader(maxLength int) Reader {
	return Reader{
		Form: m.form, MaxLength: maxLength, Encode: m.Tokenizer.Encode,
		Render: func(f Form, messages []tokenizer.Message) (string, error) { return f.FormatForRM(m.Template, messages) },
	}
}

// textRow are the fields of all forms of rows.
type textRow struct {
	ID        json.RawMessage `json:"id"` // text, or a number
	ProblemID string          `json:"problem_id"`
	Subset    string          `json:"subset"`
	Domain    string          `json:"domain"` // RM-Bench's subset

	System      string          `json:"system"`
	Question    *string         `json:"question"`
	Tests       []string        `json:"tests"`
	Instruction *string         `json:"instruction"`
	Input       string          `json:"input"`
	Prompt      json.RawMessage `json:"prompt"` // text, or messages

	Program  *string         `json:"program"`
	Response *string         `json:"response"`
	Output   *string         `json:"output"`
	Messages json.RawMessage `json:"messages"`

	Chosen   json.RawMessage `json:"chosen"` // text, messages, or for RM-Bench texts
	Rejected json.RawMessage `json:"rejected"`
	Margin   *float64        `json:"margin"`
}

// Pair makes a pair of a row in one of these forms:
//
//	question, tests, chosen, rejected               what pairs writes
//	instruction, input, chosen, rejected            AceCodePair-300K, LLaMA-Factory
//	prompt, chosen, rejected                        TRL, RewardBench; each text, or messages
//	chosen, rejected                                OpenRLHF, TRL: messages, the question in both
//
// with system before any of the first three, and perhaps margin, problem_id, subset and id. A pair is dropped if its texts
// are the same (no_pair), if one is empty (too_short), or too long and not to be cut (too_long). A row that is no pair is a
// *jsonl.RowError.
func (r Reader) Pair(row jsonl.Row) (Pair, *acecoder.Drop, error) {
	t, err := jsonl.Decode[textRow](row, "chosen", "rejected")
	if err != nil {
		return Pair{}, nil, err
	}
	texts, err := r.sides(t)
	if err != nil {
		return Pair{}, nil, rowError(row, err)
	}
	p := Pair{ID: t.id(row), Question: t.ProblemID, Subset: t.Subset}
	if t.Margin != nil {
		p.Margin = *t.Margin
	} else if r.Margin {
		return Pair{}, nil, rowError(row, errors.New("margin is missing, and the loss needs it"))
	}
	for _, side := range t.sides() {
		if side.blank() {
			return Pair{}, p.drop(acecoder.DropTooShort, side.name+" is empty"), nil
		}
	}
	if p.Question == "" {
		p.Question = fmt.Sprintf("%016x", xxh3.HashString(said(texts[0][:len(texts[0])-1])))
	}
	return r.tokens(p, texts)
}

func (r Reader) tokens(p Pair, texts [][]tokenizer.Message) (Pair, *acecoder.Drop, error) {
	if slices.Equal(texts[0], texts[1]) {
		return Pair{}, p.drop(acecoder.DropNoPair, "chosen and rejected are the same"), nil
	}
	for i, to := range []*[]int32{&p.Chosen, &p.Rejected} {
		ids, long, err := r.text(texts[i])
		if err != nil {
			return Pair{}, nil, fmt.Errorf("pair %s: %w", p.ID, err)
		}
		if long > 0 && !r.Truncate {
			return Pair{}, p.drop(acecoder.DropTooLong, fmt.Sprintf("%d tokens, at most %d asked for", long, r.MaxLength)), nil
		}
		*to = ids
	}
	if slices.Equal(p.Chosen, p.Rejected) {
		return Pair{}, p.drop(acecoder.DropTooLong, "chosen and rejected differ only in what is cut off"), nil
	}
	return p, nil, nil
}

// text is a conversation as tokens, cut to what is allowed; long is how many it had if that is more, else 0.
func (r Reader) text(messages []tokenizer.Message) (ids []int32, long int, err error) {
	text, err := r.Render(r.Form, messages)
	if err != nil {
		return nil, 0, err
	}
	ids = r.Encode(text)
	switch n := len(ids); {
	case n == 0:
		return nil, 0, errors.New("the text has no token")
	case n > r.MaxLength:
		return ids[:r.MaxLength], n, nil
	}
	return ids, 0, nil
}

func (p Pair) drop(reason acecoder.DropReason, detail string) *acecoder.Drop {
	return &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: reason, Detail: detail}
}

// side is one of a pair's texts as it stands in the row.
type side struct {
	name string
	raw  json.RawMessage
}

// blank reports whether the assistant says nothing.
func (s side) blank() bool {
	text, list, err := textOrMessages(s.name, s.raw)
	if len(list) > 0 {
		text = list[len(list)-1].Content
	}
	return err == nil && strings.TrimSpace(text) == ""
}

func (t textRow) sides() []side { return []side{{"chosen", t.Chosen}, {"rejected", t.Rejected}} }

// asked are the messages before the answer; none if the row has no such field.
func (r Reader) asked(t textRow) (messages []tokenizer.Message, err error) {
	if t.System != "" {
		messages = append(messages, tokenizer.Message{Role: "system", Content: t.System})
	}
	user := func(text string) []tokenizer.Message {
		return append(messages, tokenizer.Message{Role: "user", Content: text})
	}
	switch {
	case t.Question != nil:
		return user(r.Form.Ask(*t.Question, t.Tests)), nil
	case t.Instruction != nil && t.Input != "":
		return user(*t.Instruction + "\n" + t.Input), nil
	case t.Instruction != nil:
		return user(*t.Instruction), nil
	case len(t.Prompt) == 0 || string(t.Prompt) == "null":
		return nil, nil
	}
	text, list, err := textOrMessages("prompt", t.Prompt)
	if err != nil || list == nil {
		return user(text), err
	}
	return append(messages, list...), nil
}

// answer are the messages of a side.
func (r Reader) answer(t textRow, name string, raw json.RawMessage) ([]tokenizer.Message, error) {
	text, list, err := textOrMessages(name, raw)
	if err != nil {
		return nil, err
	}
	if list == nil {
		if t.Question != nil {
			text = r.Form.Answer(text)
		}
		return []tokenizer.Message{{Role: "assistant", Content: text}}, nil
	}
	if len(list) == 0 || list[len(list)-1].Role != "assistant" {
		return nil, fmt.Errorf("%s does not end with a message of the assistant", name)
	}
	return list, nil
}

func textOrMessages(name string, raw json.RawMessage) (text string, list []tokenizer.Message, err error) {
	if json.Unmarshal(raw, &text) == nil {
		return text, nil, nil
	}
	var messages []struct {
		Role    *string `json:"role"`
		Content *string `json:"content"`
	}
	if json.Unmarshal(raw, &messages) != nil {
		return "", nil, fmt.Errorf("%s is neither text nor a list of messages", name)
	}
	list = []tokenizer.Message{}
	for i, m := range messages {
		if m.Role == nil || m.Content == nil {
			return "", nil, fmt.Errorf("%s: message %d has no role or no content", name, i)
		}
		list = append(list, tokenizer.Message{Role: *m.Role, Content: *m.Content})
	}
	return "", list, nil
}

// said is all that messages say, as one text.
func said(messages []tokenizer.Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "%s\x00%s\x00", m.Role, m.Content)
	}
	return b.String()
}

// id is the row's own, or its place.
func (t textRow) id(row jsonl.Row) string {
	id := string(t.ID)
	var text string
	if json.Unmarshal(t.ID, &text) == nil {
		id = text // "" where it is null
	}
	if id == "" {
		return fmt.Sprintf("%s:%d", row.File, row.Line)
	}
	return id
}

func rowError(row jsonl.Row, err error) error {
	return &jsonl.RowError{File: row.File, Line: row.Line, Err: err}
}
