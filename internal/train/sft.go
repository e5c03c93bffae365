package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// The roles. What the assistant says is learned.
const (
	system    = "system"
	user      = "user"
	assistant = "assistant"
	tool      = "tool"
)

// SFTExample is a text to learn from, as tokens.
type SFTExample struct {
	IDs     []int32
	Targets []bool // for each token, whether it is to be learned; what stands before it is what it is predicted from
	// Apart says that the text was tokenised in parts, because a token of the whole would reach over the place where the
	// assistant begins or ends.
	Apart bool
}

// Size returns how many tokens the example has and how many of them are targets. The first token is predicted from
// nothing, so it is none.
func (e SFTExample) Size() Size {
	s := Size{Length: len(e.IDs)}
	for i, target := range e.Targets {
		if target && i > 0 {
			s.Targets++
		}
	}
	return s
}

// SFT makes examples of rows.
type SFT struct {
	// Render writes a conversation that ends with the assistant as the model sees it: the text up to where the assistant
	// begins to speak, and the whole. It is called for the conversation up to each turn of the assistant.
	Render func([]Message) (prompt, full string, err error)
	// Encode turns text, which may have special tokens in it, into tokens, and adds none.
	Encode func(string) ([]int32, error)

	MaxLength int  // tokens
	Truncate  bool // cut what is longer, at its end, in place of dropping it
	LastOnly  bool // learn only the assistant's last turn, not all
}

// Example makes an example of a row in one of these forms, the first that its fields have:
//
//	messages                       a list of role and content
//	prompt, response
//	instruction, input, output     input may be missing; it follows the instruction on a line of its own
//	question, program
//
// with system before any of the last three. Turns after the assistant's last one are left out. A row that is longer than
// MaxLength is a drop, unless it is to be cut and something to learn is left. An error is a *jsonl.RowError for a row that
// cannot be used, else it is that of Render or Encode.
func (s SFT) Example(row jsonl.Row) (SFTExample, *acecoder.Drop, error) {
	r, err := jsonl.Decode[sftRow](row)
	if err != nil {
		return SFTExample{}, nil, err
	}
	messages, err := r.conversation()
	if err != nil {
		return SFTExample{}, nil, &jsonl.RowError{File: row.File, Line: row.Line, Err: err}
	}
	e, err := s.tokens(messages)
	if err != nil {
		return SFTExample{}, nil, fmt.Errorf("%s:%d: %w", row.File, row.Line, err)
	}
	length := len(e.IDs)
	if length <= s.MaxLength {
		return e, nil, nil
	}
	if s.Truncate {
		e.IDs, e.Targets = e.IDs[:s.MaxLength], e.Targets[:s.MaxLength]
		if e.Size().Targets > 0 {
			return e, nil, nil
		}
	}
	return SFTExample{}, &acecoder.Drop{
		ID: r.id(row), Stage: "sft", Reason: acecoder.DropTooLong,
		Detail: fmt.Sprintf("%d tokens, at most %d asked for", length, s.MaxLength),
	}, nil
}

type sftRow struct {
	ID       json.RawMessage `json:"id"` // text, or a number
	Messages []Message       `json:"messages"`

	System      string  `json:"system"`
	Prompt      *string `json:"prompt"`
	Response    *string `json:"response"`
	Instruction *string `json:"instruction"`
	Input       string  `json:"input"`
	Output      *string `json:"output"`
	Question    *string `json:"question"`
	Program     *string `json:"program"`
}

// id is the row's own, or its place.
func (r sftRow) id(row jsonl.Row) string {
	id := string(r.ID)
	var text string
	if json.Unmarshal(r.ID, &text) == nil {
		id = text // "" where it is null
	}
	if id == "" {
		return fmt.Sprintf("%s:%d", row.File, row.Line)
	}
	return id
}

func (r sftRow) conversation() ([]Message, error) {
	if len(r.Messages) > 0 {
		return checkMessages(r.Messages)
	}
	var ask, answer string
	switch {
	case r.Prompt != nil && r.Response != nil:
		ask, answer = *r.Prompt, *r.Response
	case r.Instruction != nil && r.Output != nil:
		ask, answer = *r.Instruction, *r.Output
		if r.Input != "" {
			ask += "\n" + r.Input
		}
	case r.Question != nil && r.Program != nil:
		ask, answer = *r.Question, *r.Program
	default:
		return nil, errors.New("want messages, or prompt and response, instruction and output, or question and program")
	}
	messages := []Message{{user, ask}, {assistant, answer}}
	if r.System != "" {
		messages = slices.Insert(messages, 0, Message{system, r.System})
	}
	return checkMessages(messages)
}

// checkMessages returns the messages up to the assistant's last one.
func checkMessages(messages []Message) ([]Message, error) {
	last := -1
	for i, m := range messages {
		switch m.Role {
		case assistant:
			if strings.TrimSpace(m.Content) == "" {
				return nil, fmt.Errorf("message %d: the assistant says nothing; there is nothing to learn", i)
			}
			last = i
		case system, user, tool:
		default:
			return nil, fmt.Errorf("message %d: role %q is none of %s, %s, %s, %s", i, m.Role, system, user, assistant, tool)
		}
	}
	if last < 0 {
		return nil, errors.New("the assistant says nothing; there is nothing to learn")
	}
	return messages[:last+1], nil
}

// tokens renders and tokenises a conversation that ends with the assistant.
func (s SFT) tokens(messages []Message) (SFTExample, error) {
	text, marks, err := s.render(messages)
	if err != nil {
		return SFTExample{}, err
	}
	ids, err := s.Encode(text)
	if err != nil {
		return SFTExample{}, err
	}
	// ends[i] is how many tokens the text has up to mark i.
	ends := make([]int, len(marks))
	for i, mark := range marks {
		before := ids
		if mark < len(text) {
			if before, err = s.Encode(text[:mark]); err != nil {
				return SFTExample{}, err
			}
		}
		if len(before) > len(ids) || !slices.Equal(before, ids[:len(before)]) {
			return s.apart(text, marks)
		}
		ends[i] = len(before)
	}
	return mark(ids, ends), nil
}

// render returns the whole text, and in it the bytes where the turns that are learned begin and end, by turns.
func (s SFT) render(messages []Message) (text string, marks []int, err error) {
	_, text, err = s.Render(messages)
	if err != nil {
		return "", nil, err
	}
	for i, m := range messages {
		if m.Role != assistant || s.LastOnly && i < len(messages)-1 {
			continue
		}
		prompt, full, err := s.Render(messages[:i+1])
		if err != nil {
			return "", nil, err
		}
		if !strings.HasPrefix(full, prompt) || !strings.HasPrefix(text, full) {
			return "", nil, fmt.Errorf("message %d: the chat template writes it otherwise when more follows, so where it stands is not known; "+
				"learn the last turn only, or use another template", i)
		}
		marks = append(marks, len(prompt), len(full))
	}
	return text, marks, nil
}

// apart tokenises the text between the marks on its own.
func (s SFT) apart(text string, marks []int) (SFTExample, error) {
	var ids []int32
	ends := make([]int, 0, len(marks))
	from := 0
	for _, mark := range marks {
		part, err := s.Encode(text[from:mark])
		if err != nil {
			return SFTExample{}, err
		}
		ids = append(ids, part...)
		ends = append(ends, len(ids))
		from = mark
	}
	e := mark(ids, ends) // the last mark is the end of the text
	e.Apart = true
	return e, nil
}

// mark makes targets of the tokens from ends[0] to ends[1], from ends[2] to ends[3] and so on.
func mark(ids []int32, ends []int) SFTExample {
	e := SFTExample{IDs: ids, Targets: make([]bool, len(ids))}
	for span := range slices.Chunk(ends, 2) {
		for i := span[0]; i < span[1]; i++ {
			e.Targets[i] = true
		}
	}
	return e
}
