package template_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/template"
)

var update = flag.Bool("update", false, "write the golden files anew")

// chat writes turns as a text to look at; the end of a text is marked, since line ends count there.
func chat(turns []template.Turn) string {
	var b strings.Builder
	for _, t := range turns {
		fmt.Fprintf(&b, "== %s ==\n%s<end>\n", t.Role, t.Text)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	synth, err := template.Synth("")
	if err != nil {
		t.Fatal(err)
	}
	sample, err := template.Sample("")
	if err != nil {
		t.Fatal(err)
	}
	render := func(turns []template.Turn, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return chat(turns)
	}
	question := "Double a number: {{.}} & <b>.\n\nInput: x."
	for name, got := range map[string]string{
		"synth.golden":       render(synth.Render(template.Seed{Instruction: "Double {{x}}.", Program: "def f(x):\n    return 2 * x"})),
		"synth_bare.golden":  render(synth.Render(template.Seed{Program: "def f(x):\n    return 2 * x"})),
		"sample.golden":      render(sample.Render(template.Question{Question: question, Tests: []string{"assert f(1) == 2", "assert f(2) == 4"}})),
		"sample_bare.golden": render(sample.Render(template.Question{Question: question})),
		"pair.golden": template.PairInstruction(question, " assert f(1) == 2\n") + "<end>\n" +
			template.PairAnswer("def f(x):\n    return 2 * x") + "<end>\n",
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestOwnPrompts(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       string // the chat, or the message
	}{
		{"one turn", "--- user\nSolve: {{.Question}}\n", "== user ==\nSolve: Q<end>\n"},
		{"blank lines around", "\n--- user\n\n\nSolve: {{.Question}}\n\n\n", "== user ==\nSolve: Q<end>\n"},
		{"blank lines within", "--- user\nSolve:\n\n{{.Question}}\n", "== user ==\nSolve:\n\nQ<end>\n"},
		{"an answer's beginning keeps its line end", "--- user\n{{.Question}}\n--- assistant\n```python\n", "== user ==\nQ<end>\n== assistant ==\n```python\n<end>\n"},
		{"Windows line ends", "--- system\r\nBe good.\r\n--- user\r\n{{.Question}}\r\n", "== system ==\nBe good.<end>\n== user ==\nQ<end>\n"},
		{"all that there is", "--- user\n{{.Question}}{{range .Tests}} {{.}}{{end}} {{.EntryPoint}}", "== user ==\nQ T f<end>\n"},
		{"empty", "", "no section \"--- user\""},
		{"no section", "Solve: {{.Question}}", ":1: text before the first section"},
		{"unknown section", "--- user\nx\n--- tool\ny", ":3: a section called \"tool\""},
		{"system in the middle", "--- user\nx\n--- system\ny", "the system's section has to be the first"},
		{"a field that is not there", "--- user\n\n{{.Program}}", "3:2: executing"},
		{"a broken template", "--- user\nx\n{{if}}", ":3: missing value for if"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "prompt.txt")
			if err := os.WriteFile(path, []byte(row.text), 0o644); err != nil {
				t.Fatal(err)
			}
			p, err := template.Sample(path)
			if err != nil {
				if !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "prompt.txt") {
					t.Errorf("error %q, want the file's name and %q", err, row.want)
				}
				return
			}
			turns, err := p.Render(template.Question{Question: "Q", Tests: []string{"T"}, EntryPoint: "f"})
			if err != nil {
				t.Fatal(err)
			}
			if got := chat(turns); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	if _, err := template.Sample("nowhere.txt"); err == nil || !strings.Contains(err.Error(), "nowhere.txt") {
		t.Errorf("a file that is not there: error %v", err)
	}
}

func TestUnwrap(t *testing.T) {
	for _, text := range []string{"", "def f():\n    return '```'", "x\n\n", "```python\nx\n```"} {
		if got, ok := template.UnwrapAnswer(template.PairAnswer(text)); !ok || got != text {
			t.Errorf("answer %q came back as %q, %v", text, got, ok)
		}
		if got, ok := template.UnwrapInstruction(template.PairInstruction(text, "assert f()")); !ok || got != text+"\nassert f()" {
			t.Errorf("question %q came back as %q, %v", text, got, ok)
		}
		if _, ok := template.UnwrapAnswer(text); ok {
			t.Errorf("%q was taken for a wrapped answer", text)
		}
	}
}

func TestHash(t *testing.T) {
	a, _ := template.Synth("")
	b, _ := template.Synth("")
	c, _ := template.Sample("")
	if a.Hash() != b.Hash() || a.Hash() == c.Hash() || len(a.Hash()) != 16 {
		t.Errorf("hashes %s, %s and %s", a.Hash(), b.Hash(), c.Hash())
	}
}
