package reward

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Texts are the texts of a row that is to be scored.
type Texts struct {
	IDs [][]int32 // nil for a text that is too long
	put func(rewards []*float64) any
}

// TooLong counts the texts that have no tokens because they are too long.
func (t Texts) TooLong() int {
	n := 0
	for _, ids := range t.IDs {
		if ids == nil {
			n++
		}
	}
	return n
}

// Row is the row with one reward for each text, in their order; nil: none, which is written as null. All other fields of the
// row stay.
func (t Texts) Row(rewards []*float64) any { return t.put(rewards) }

// written is a reward as JSON. Rewards are computed in float32: what float64 would add to the digits tells nothing.
func written(reward *float64) json.RawMessage {
	if reward == nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(strconv.FormatFloat(*reward, 'g', -1, 32))
}

// Texts makes the texts of a row in one of these forms, the first that its fields have:
//
//	question, tests, programs                what score writes: each program gets a "reward"
//	as for Pair                              "chosen_reward" and "rejected_reward"
//	prompt, response                         "reward"; also instruction, input, output, and question, tests, program
//	messages                                 "reward"; they end with the assistant
func (r Reader) Texts(row jsonl.Row) (Texts, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(row.Raw, &fields); err != nil {
		return Texts{}, rowError(row, err)
	}
	if _, ok := fields["programs"]; ok {
		return r.problem(row)
	}
	t, err := jsonl.Decode[textRow](row)
	if err != nil {
		return Texts{}, err
	}
	names := []string{"reward"}
	var conversations [][]tokenizer.Message
	if fields["chosen"] != nil && fields["rejected"] != nil {
		names = []string{"chosen_reward", "rejected_reward"}
		conversations, err = r.sides(t)
	} else {
		conversations, err = r.single(t)
	}
	if err != nil {
		return Texts{}, rowError(row, err)
	}
	out, err := r.texts(row, conversations)
	out.put = func(rewards []*float64) any {
		for i, name := range names {
			fields[name] = written(rewards[i])
		}
		return fields
	}
	return out, err
}

// texts makes tokens of conversations.
func (r Reader) texts(row jsonl.Row, conversations [][]tokenizer.Message) (Texts, error) {
	var out Texts
	for _, c := range conversations {
		ids, long, err := r.text(c)
		if err != nil {
			return Texts{}, fmt.Errorf("%s:%d: %w", row.File, row.Line, err)
		}
		if long > 0 && !r.Truncate {
			ids = nil
		}
		out.IDs = append(out.IDs, ids)
	}
	return out, nil
}

func (r Reader) problem(row jsonl.Row) (Texts, error) {
	p, err := jsonl.Decode[acecoder.Problem](row, "question", "tests", "programs", "programs[].program")
	if err != nil {
		return Texts{}, err
	}
	var conversations [][]tokenizer.Message
	for _, program := range p.Programs {
		conversations = append(conversations, []tokenizer.Message{
			{Role: "user", Content: r.Form.Ask(p.Question, p.Tests)}, {Role: "assistant", Content: r.Form.Answer(program.Program)},
		})
	}
	out, err := r.texts(row, conversations)
	out.put = func(rewards []*float64) any {
		for i := range p.Programs {
			if p.Programs[i].Extra == nil {
				p.Programs[i].Extra = map[string]json.RawMessage{}
			}
			p.Programs[i].Extra["reward"] = written(rewards[i])
		}
		return p
	}
	return out, err
}

// sides are the conversations of a pair.
func (r Reader) sides(t textRow) ([][]tokenizer.Message, error) {
	asked, err := r.asked(t)
	if err != nil {
		return nil, err
	}
	var out [][]tokenizer.Message
	for _, side := range t.sides() {
		answer, err := r.answer(t, side.name, side.raw)
		if err != nil {
			return nil, err
		}
		whole := slices.Concat(asked, answer)
		if len(whole) < 2 {
			return nil, fmt.Errorf("%s has one message and there is no prompt: want question, instruction or prompt beside it", side.name)
		}
		out = append(out, whole)
	}
	return out, nil
}

// single is the one conversation of a row.
func (r Reader) single(t textRow) ([][]tokenizer.Message, error) {
	if len(t.Messages) > 0 {
		_, list, err := textOrMessages("messages", t.Messages)
		if err == nil && (len(list) == 0 || list[len(list)-1].Role != "assistant") {
			err = errors.New("messages does not end with a message of the assistant")
		}
		return [][]tokenizer.Message{list}, err
	}
	asked, err := r.asked(t)
	if err != nil {
		return nil, err
	}
	var answer string
	switch {
	case len(asked) == 0:
		return nil, errors.New("want question and programs, or a pair, or prompt and response, or messages")
	case t.Program != nil && t.Question != nil:
		answer = r.Form.Answer(*t.Program)
	case t.Response != nil:
		answer = *t.Response
	case t.Output != nil:
		answer = *t.Output
	default:
		return nil, errors.New("want question and programs, or a pair, or prompt and response, or messages")
	}
	return [][]tokenizer.Message{append(asked, tokenizer.Message{Role: "assistant", Content: answer})}, nil
}
