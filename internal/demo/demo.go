// Package demo holds the material of a run that needs no model, no key and no network: seeds in the shapes in which
// their sources are published, a benchmark of three tasks, and what a writer, an oracle and a policy answer when they
// are asked about the seeds, with the mistakes, loops, crashes and cheats of real ones.
//
// It takes nothing and gives files and rows. All of it was written for this purpose, or made by mutation of what was
// written. Its invariant: the corpus is what generate.py makes of the blocks in written/, and a key finds the answers of
// one seed only.
package demo

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

var (
	//go:embed seeds/evol.jsonl seeds/oss.jsonl seeds/stack.jsonl
	seeds embed.FS
	//go:embed benchmark.jsonl
	benchmark []byte
	//go:embed answers.jsonl.gz
	answers []byte
	//go:embed demo.yaml
	config []byte
	//go:embed recording.jsonl.zst
	recording []byte
)

// Config returns the configuration of the demo's run.
func Config() []byte { return config }

// Recorded returns the answers as a run got them, keyed by what it asked: a recording to be replayed. The caller must not
// change the bytes.
func Recorded() []byte { return recording }

// Seeds returns the seeds, a file for each source: evol.jsonl (instruction, output), oss.jsonl (lang, instruction,
// response) and stack.jsonl (content). Some are there for the seed rules to drop.
func Seeds() fs.FS {
	sub, err := fs.Sub(seeds, "seeds")
	if err != nil {
		panic("demo: seeds: " + err.Error())
	}
	return sub
}

// Benchmark returns three tasks in HumanEval's shape as JSON lines. Two of the seeds are too near to one of them, and the
// third is the question of split_bill in other words. The caller must not change the bytes.
func Benchmark() []byte { return benchmark }

// Role says who answers.
type Role string

// The roles. The policy's answers go on from a prompt that ends by opening a fence for Python.
const (
	Writer Role = "writer"
	Oracle Role = "oracle"
	Policy Role = "policy"
)

// Seeded is a seed with all that is answered on its way, in the order of the seeds' files.
type Seeded struct {
	Name   string `json:"name"` // source/name, unique
	Source string `json:"source"`

	// SeedKey is part of the seed's program, before and after the seed rules, and of no other seed's that they keep. It is
	// empty where they drop the seed.
	SeedKey string `json:"seed_key"`
	// QuestionKey is part of the question that the writer's answer gives, and of no other question. It is empty where
	// nobody comes to ask it.
	QuestionKey string `json:"question_key"`

	Want    Want     `json:"want"`
	Answers []Answer `json:"answers"` // the writer's, the oracle's, then the policy's by sample; none where SeedKey is empty
}

// Want is what a seed comes to under the paper's rules.
type Want struct {
	Drop  string `json:"drop"`  // the reason why it ends; empty where it gives pairs
	Tests int    `json:"tests"` // that can be used, of the writer's answer
	Kept  int    `json:"kept"`  // of those, the ones that stay in the filter; 0 where the problem does not
	Pairs int    `json:"pairs"`
}

// Answer is one sample of a model's answer.
type Answer struct {
	Role    Role   `json:"role"`
	Sample  int    `json:"sample"`
	Kind    string `json:"kind"` // how it was made: the style of a writer's answer; right, mutant, cheat … of a program
	Text    string `json:"text"`
	Finish  string `json:"finish"`  // stop, length or content_filter
	Refusal string `json:"refusal"` // what is said in place of an answer

	// CompletionTokens is plausible and no count of any tokenizer: the text's length in characters over 3.6, rounded.
	CompletionTokens int `json:"completion_tokens"`
}

// Answers returns a row for each seed. The caller must not change them.
func Answers() []Seeded {
	rows, err := unpacked()
	if err != nil {
		panic("demo: answers: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return rows
}

var unpacked = sync.OnceValues(func() ([]Seeded, error) {
	packed, err := gzip.NewReader(bytes.NewReader(answers))
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(packed)
	dec.DisallowUnknownFields()
	var rows []Seeded
	for {
		var row Seeded
		if err := dec.Decode(&row); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows)+1, err)
		}
		rows = append(rows, row)
	}
})
