package reward

import (
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/acecoder/acecoder/internal/template"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Form is how a question and a program become the text that a reward model scores. A model knows one form only: its name
// is kept in the checkpoint.
type Form struct {
	Name string
	wrap bool // the question and the program in the words of AceCodePair-300K
	trim bool // the text ends with the token that ends the assistant's turn, and not with the line end behind it
}

// Forms are all forms. The first is what AceCoder's models were trained on.
var Forms = []Form{
	{Name: "acecode", wrap: true, trim: true},
	{Name: "acecode-chat", wrap: true},
	{Name: "chat"},
}

// FormNames are the names of Forms.
func FormNames() []string {
	var all []string
	for _, f := range Forms {
		all = append(all, f.Name)
	}
	return all
}

// FormNamed returns the form of a name.
func FormNamed(name string) (Form, error) {
	for _, f := range Forms {
		if f.Name == name {
			return f, nil
		}
	}
	return Form{}, fmt.Errorf("the template %q is not known; known are %s", name, strings.Join(FormNames(), ", "))
}

// Ask is what the user says of a question, and Answer what the assistant says of a program. They are for our own records;
// rows of other forms have these texts in them already.
func (f Form) Ask(question string, tests []string) string {
	if !f.wrap {
		return question
	}
	first := ""
	if len(tests) > 0 {
		first = tests[0]
	}
	return template.PairInstruction(question, first)
}

// Answer is the other half of Ask.
func (f Form) Answer(program string) string {
	if !f.wrap {
		return program
	}
	return template.PairAnswer(program)
}

// FormatForRM is the text that a reward model scores, of a conversation that ends with the assistant. Training, scoring and
// everything else that asks a reward model goes through it.
func (f Form) FormatForRM(t *tokenizer.Template, messages []tokenizer.Message) (string, error) {
	text, err := t.Render(tokenizer.Chat{Messages: messages})
	if f.trim {
		text = strings.TrimRight(text, "\n")
	}
	return text, err
}

// hashOf names a chat template by what it makes of a conversation.
func hashOf(t *tokenizer.Template) (string, error) {
	text, err := t.Render(tokenizer.Chat{Messages: []tokenizer.Message{{Role: "user", Content: "a\n b"}, {Role: "assistant", Content: "c"}}})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%016x", xxh3.HashString(text)), nil
}
