package reward

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Pairs are the pairs of a row that is to be measured on: one, as Pair has it, or those of a row of RM-Bench, which has
// several chosen and rejected texts of rising style. There the subset is the row's domain, and hard if the rejected text
// has more style than the chosen one, easy if it has less, else normal.
func (r Reader) Pairs(row jsonl.Row) ([]Pair, *acecoder.Drop, error) {
	t, err := jsonl.Decode[textRow](row, "chosen", "rejected")
	if err != nil {
		return nil, nil, err
	}
	var chosen, rejected []string
	if json.Unmarshal(t.Chosen, &chosen) != nil || json.Unmarshal(t.Rejected, &rejected) != nil || len(chosen) == 0 {
		p, drop, err := r.Pair(row)
		return []Pair{p}, drop, err
	}
	if len(chosen) != len(rejected) {
		return nil, nil, rowError(row, fmt.Errorf("chosen has %d texts and rejected %d", len(chosen), len(rejected)))
	}
	asked, err := r.asked(t)
	if err == nil && len(asked) == 0 {
		err = errors.New("prompt is missing")
	}
	if err != nil {
		return nil, nil, rowError(row, err)
	}
	texts, drop, err := r.bench(t.id(row), asked, slices.Concat(chosen, rejected))
	if drop != nil || err != nil {
		return nil, drop, err
	}
	var out []Pair
	for i := range chosen {
		for k := range rejected {
			style := "normal"
			if i < k {
				style = "hard"
			} else if i > k {
				style = "easy"
			}
			out = append(out, Pair{
				ID: t.id(row), Question: t.id(row), Subset: t.Domain + " " + style, Chosen: texts[i], Rejected: texts[len(chosen)+k],
			})
		}
	}
	return out, nil, nil
}

// bench makes tokens of answers to one question.
func (r Reader) bench(id string, asked []tokenizer.Message, answers []string) ([][]int32, *acecoder.Drop, error) {
	var out [][]int32
	for _, answer := range answers {
		ids, long, err := r.text(append(slices.Clip(asked), tokenizer.Message{Role: "assistant", Content: answer}))
		if err != nil {
			return nil, nil, fmt.Errorf("row %s: %w", id, err)
		}
		if long > 0 && !r.Truncate {
			return nil, Pair{ID: id}.drop(acecoder.DropTooLong, fmt.Sprintf("%d tokens, at most %d asked for", long, r.MaxLength)), nil
		}
		out = append(out, ids)
	}
	return out, nil, nil
}
