// Package template holds the texts that models are asked with, and the one form in which a question and a program are
// shown to a reward model.
//
// In: a record's fields. Out: the turns of a chat, or a text. Its invariant: a prompt that was accepted renders for every
// record; what is wrong with a user's own prompt file is said when it is read, by line.
package template

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"text/template"
)

// Turn is one turn of a chat: who speaks (system, user, assistant) and what.
type Turn struct {
	Role string
	Text string
}

// Seed is what the synth prompt is made of.
type Seed struct {
	Instruction string // what the program was written for; may be empty
	Program     string
}

// Question is what the sample prompt is made of.
type Question struct {
	Question   string
	Tests      []string // those that are shown
	EntryPoint string
}

//go:embed prompts/synth.txt
var synthText string

//go:embed prompts/sample.txt
var sampleText string

// Prompt makes chats of records of one type. Its text is a template of text/template in sections, each of which begins
// with a line "--- system", "--- user" or "--- assistant"; an assistant's section at the end is the beginning of the
// answer.
type Prompt[T any] struct {
	text  string
	turns []turn
}

type turn struct {
	role string
	body *template.Template
}

// Synth reads the prompt that makes a problem of a seed; an empty path is the built-in one.
func Synth(path string) (*Prompt[Seed], error) {
	return load(path, "synth", synthText, Seed{Instruction: "x", Program: "x"}, Seed{Program: "x"})
}

// Sample reads the prompt that asks for a program; an empty path is the built-in one, AceCoder's (§4.1), which EvalPlus
// has for code completion.
func Sample(path string) (*Prompt[Question], error) {
	return load(path, "sample", sampleText, Question{Question: "x", Tests: []string{"x"}}, Question{Question: "x"})
}

// load reads a prompt and renders it once for each of the trials.
func load[T any](path, name, text string, trials ...T) (*Prompt[T], error) {
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the %s prompt: %w", name, err)
		}
		name, text = path, string(data)
	}
	p := &Prompt[T]{text: text}
	if err := p.parse(name); err != nil {
		return nil, err
	}
	for _, trial := range trials {
		if _, err := p.Render(trial); err != nil {
			return nil, err
		}
	}
	return p, nil
}

const mark = "--- "

// parse takes the text apart. Blank lines at a section's beginning and end do not count, but for the line end that an
// assistant's section closes with: the model goes on from there.
func (p *Prompt[T]) parse(name string) error {
	var role string
	var lines []string
	begin := 0
	end := func() error {
		whole := strings.Join(lines, "\n")
		text := strings.TrimLeft(whole, "\n")
		begin += len(whole) - len(text)
		text = strings.TrimRight(text, "\n")
		if role == "" {
			if text != "" {
				return fmt.Errorf("%s:1: text before the first section: begin with a line such as %q", name, mark+"user")
			}
			return nil
		}
		if role == "assistant" {
			text += "\n"
		}
		// Empty lines in front make the line numbers of the template's messages those of the file.
		body, err := template.New(name).Option("missingkey=error").Parse(strings.Repeat("\n", begin) + text)
		if err != nil {
			return fmt.Errorf("read a prompt: %w", err)
		}
		p.turns = append(p.turns, turn{role, body})
		return nil
	}
	for i, line := range strings.Split(strings.ReplaceAll(p.text, "\r\n", "\n"), "\n") {
		next, ok := strings.CutPrefix(line, mark)
		if !ok {
			lines = append(lines, line)
			continue
		}
		if err := end(); err != nil {
			return err
		}
		next = strings.TrimSpace(next)
		if next != "system" && next != "user" && next != "assistant" {
			return fmt.Errorf("%s:%d: a section called %q; there are system, user and assistant", name, i+1, next)
		}
		role, lines, begin = next, nil, i+1
	}
	if err := end(); err != nil {
		return err
	}
	return p.check(name)
}

func (p *Prompt[T]) check(name string) error {
	user := false
	for i, t := range p.turns {
		user = user || t.role == "user"
		if t.role == "system" && i > 0 {
			return fmt.Errorf("%s: the system's section has to be the first", name)
		}
	}
	if !user {
		return fmt.Errorf("%s: no section %q", name, mark+"user")
	}
	return nil
}

// Render makes the chat of one record.
func (p *Prompt[T]) Render(record T) ([]Turn, error) {
	turns := make([]Turn, 0, len(p.turns))
	for _, t := range p.turns {
		var b strings.Builder
		if err := t.body.Execute(&b, record); err != nil {
			return nil, fmt.Errorf("render a prompt: %w", err)
		}
		turns = append(turns, Turn{t.role, strings.TrimLeft(b.String(), "\n")})
	}
	return turns, nil
}

// Hash names the prompt's text.
func (p *Prompt[T]) Hash() string {
	sum := sha256.Sum256([]byte(p.text))
	return hex.EncodeToString(sum[:8])
}
