package sample_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/sample"
	"github.com/acecoder/acecoder/internal/template"
)

func prompt(t *testing.T) *sample.Prompt {
	t.Helper()
	p, err := template.Sample("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func config(n int) sample.Config {
	cfg := sample.Paper()
	cfg.Model, cfg.N = "m", n
	return cfg
}

var problem = acecoder.Problem{
	ID: "q1", Question: "Double a number.", EntryPoint: "f",
	Tests: []string{"assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 6"},
}

// answers gives each sample its own text, or the whole answer where the text is one of the words that stand for one.
func answers(texts ...string) sample.Ask {
	return func(_ context.Context, _ llm.Request, first, n int) ([]llm.Answer, error) {
		var out []llm.Answer
		for _, text := range texts[first : first+n] {
			a := llm.Answer{Text: text, Finish: llm.FinishStop}
			switch text {
			case "LENGTH":
				a.Finish = llm.FinishLength
			case "FILTER":
				a.Finish = llm.FinishContentFilter
			}
			out = append(out, a)
		}
		return out, nil
	}
}

func TestDo(t *testing.T) {
	const f = "def f(x):\n    return 2 * x"
	for _, row := range []struct {
		name     string
		texts    []string
		programs string // id=text, joined
		aside    string // id=reason, joined
		reason   acecoder.DropReason
		detail   string
	}{
		{"a continuation to its fence", []string{f + "\n```\nThat doubles."}, "m/0=" + f, "", "", ""},
		{"no fence at the end", []string{f}, "m/0=" + f, "", "", ""},
		{"the same twice stays twice", []string{f + "\n```", f + "\n```"}, "m/0=" + f + "|m/1=" + f, "", "", ""},
		{"a second block that has the function", []string{"import math\n```\nor rather\n```python\n" + f + "\n```"}, "m/0=" + f, "", "", ""},
		{"some give no program", []string{"LENGTH", f, "FILTER", " \n```"}, "m/1=" + f, "m/0=cut_off|m/2=refused|m/3=bad_answer", "", ""},
		{"words in place of a program", []string{"Sorry, this cannot be done.\n```"}, "m/0=Sorry, this cannot be done.", "", "", ""},
		{"none gives a program", []string{"LENGTH", "LENGTH", "FILTER"}, "", "", acecoder.DropNoPrograms, "of 3 answers 1 refused, 2 cut_off"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, drop, err := sample.Do(t.Context(), answers(row.texts...), problem, prompt(t), config(len(row.texts)))
			if err != nil {
				t.Fatal(err)
			}
			if drop != nil || row.reason != "" {
				if drop == nil || drop.ID != "q1" || drop.Stage != sample.Stage || drop.Reason != row.reason || drop.Detail != row.detail {
					t.Errorf("drop %+v, want %s: %s", drop, row.reason, row.detail)
				}
				return
			}
			var programs, aside []string
			for _, g := range p.Programs {
				programs = append(programs, g.ID+"="+strings.TrimRight(g.Program, "\n"))
				if g.Model != "m" {
					t.Errorf("program %s is of model %q", g.ID, g.Model)
				}
			}
			for _, d := range p.ProgramsDropped {
				aside = append(aside, d.ID+"="+string(d.Reason))
			}
			if got := strings.Join(programs, "|"); got != row.programs || strings.Join(aside, "|") != row.aside {
				t.Errorf("programs %q, set aside %q, want %q and %q", got, aside, row.programs, row.aside)
			}
			if got := strings.Join(p.TestsShown, "|"); got != "assert f(1) == 2|assert f(2) == 4" {
				t.Errorf("shown %q, want the first two tests", got)
			}
		})
	}
	if len(problem.Programs) != 0 || len(problem.TestsShown) != 0 {
		t.Errorf("the problem that went in was changed to %+v", problem)
	}
}

// Programs that are there stay, and the prompt shows the tests that are marked.
func TestSecondModel(t *testing.T) {
	p := problem
	p.Programs = []acecoder.Program{{ID: "other/0"}}
	p.TestsShown = []string{"assert f(3) == 6"}
	var asked llm.Request
	ask := func(_ context.Context, r llm.Request, _, _ int) ([]llm.Answer, error) {
		asked = r
		return []llm.Answer{{Text: "def f(x): pass"}}, nil
	}
	out, _, err := sample.Do(t.Context(), ask, p, prompt(t), config(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Programs) != 2 || out.Programs[0].ID != "other/0" || out.Programs[1].ID != "m/0" || len(p.Programs) != 1 {
		t.Errorf("programs %+v", out.Programs)
	}
	text := asked.Messages[0].Content
	if !strings.Contains(text, "Double a number.\nassert f(3) == 6\n\"\"\"") || strings.Contains(text, "f(1)") {
		t.Errorf("the prompt shows other tests than the marked one:\n%s", text)
	}
	if !asked.Continue || asked.Temperature != 0.7 || asked.TopP != 1 || asked.MaxTokens != 1024 || asked.Model != "m" {
		t.Errorf("asked %+v", asked)
	}
}

func TestOracles(t *testing.T) {
	cfg := sample.Oracle()
	cfg.Model = "strong"
	out, err := sample.Oracles(t.Context(), answers("def f(x): return 2 * x\n```"), problem, prompt(t), cfg)
	if err != nil || len(out.Oracles) != 1 || out.Oracles[0].ID != "strong/0" || len(out.Programs) != 0 || len(out.TestsShown) != 0 {
		t.Errorf("oracles %+v, programs %+v, error %v", out.Oracles, out.Programs, err)
	}
	refuse := func(context.Context, llm.Request, int, int) ([]llm.Answer, error) {
		return nil, &llm.RefusedError{Code: 400, Message: "too long"}
	}
	for name, ask := range map[string]sample.Ask{"cut off": answers("LENGTH"), "refused": refuse} {
		out, err = sample.Oracles(t.Context(), ask, problem, prompt(t), cfg)
		if err != nil || len(out.Oracles) != 0 || len(out.ProgramsDropped) != 1 || out.ProgramsDropped[0].Detail == "" {
			t.Errorf("%s: oracles %+v, set aside %+v, error %v, want none and one", name, out.Oracles, out.ProgramsDropped, err)
		}
	}
	_, drop, err := sample.Do(t.Context(), refuse, problem, prompt(t), cfg)
	if err != nil || drop == nil || drop.Reason != acecoder.DropRefused {
		t.Errorf("a policy that is refused: drop %+v, error %v", drop, err)
	}
}

func TestErrors(t *testing.T) {
	for _, row := range []struct {
		name string
		ask  sample.Ask
		want string
	}{
		{"the model fails", func(context.Context, llm.Request, int, int) ([]llm.Answer, error) { return nil, errors.New("no route") }, "sample q1: no route"},
		{"too few answers", func(context.Context, llm.Request, int, int) ([]llm.Answer, error) { return make([]llm.Answer, 2), nil }, "2 answers, want 3"},
	} {
		if _, drop, err := sample.Do(t.Context(), row.ask, problem, prompt(t), config(3)); drop != nil || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: drop %v, error %v, want %q", row.name, drop, err, row.want)
		}
		if _, err := sample.Oracles(t.Context(), row.ask, problem, prompt(t), config(3)); err == nil {
			t.Errorf("%s: the oracle's failure was lost", row.name)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, row := range []struct {
		change func(*sample.Config)
		want   string
	}{
		{func(*sample.Config) {}, ""},
		{func(c *sample.Config) { c.Model = "" }, "sample: model:"},
		{func(c *sample.Config) { c.N = 0 }, "sample: n:"},
		{func(c *sample.Config) { c.Temperature = 2.5 }, "sample: temperature:"},
		{func(c *sample.Config) { c.TopP = 1.5 }, "sample: top_p:"},
		{func(c *sample.Config) { c.MaxTokens = -1 }, "sample: max_tokens:"},
		{func(c *sample.Config) { c.Shown = -1 }, "sample: shown:"},
	} {
		cfg := config(1)
		row.change(&cfg)
		err := cfg.Validate()
		if (err == nil) != (row.want == "") || err != nil && !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("Validate(%+v) = %v, want %q", cfg, err, row.want)
		}
	}
}
