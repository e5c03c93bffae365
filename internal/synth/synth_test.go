package synth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/synth"
	"github.com/acecoder/acecoder/internal/template"
)

func says(text string) synth.Ask {
	return func(context.Context, llm.Request, int, int) ([]llm.Answer, error) {
		return []llm.Answer{{Text: text, Finish: llm.FinishStop}}, nil
	}
}

func ends(a llm.Answer) synth.Ask {
	return func(context.Context, llm.Request, int, int) ([]llm.Answer, error) { return []llm.Answer{a}, nil }
}

// spelled takes a test's fault from the word before its colon.
func spelled(_ context.Context, sets [][]string, _ []string) ([]pyast.Tests, error) {
	var all []pyast.Tests
	for _, set := range sets {
		out := pyast.Tests{EntryPoint: "f"}
		for _, text := range set {
			fault, _, ok := strings.Cut(text, ":")
			if !ok {
				fault = ""
			}
			out.Tests = append(out.Tests, pyast.Test{Text: text, Fault: acecoder.TestFault(fault)})
		}
		all = append(all, out)
	}
	return all, nil
}

var seed = acecoder.Seed{ID: "evol_1", Source: "evol", Origin: "row 7", License: "MIT", Instruction: "Double it.", Program: "def f(x): return 2 * x"}

func config() synth.Config {
	cfg := synth.Paper()
	cfg.Model = "writer"
	return cfg
}

func prompt(t *testing.T) *synth.Prompt {
	t.Helper()
	p, err := template.Synth("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDo(t *testing.T) {
	for _, row := range []struct {
		name   string
		ask    synth.Ask
		tests  string // of the problem, joined
		aside  string // test=status/fault, joined
		reason acecoder.DropReason
		detail string
	}{
		{"all is well", says(`{"question": " Double a number. ", "tests": ["assert f(1) == 2", "assert f(2) == 4"]}`), "assert f(1) == 2|assert f(2) == 4", "", "", ""},
		{"fenced, with words around", says("Sure!\n```json\n{\"question\": \"Double a number.\", \"tests\": [\"a\"]}\n```\nEnjoy."), "a", "", "", ""},
		{"in Python's quotes", says(`{'question': 'Double a number.', 'tests': ['a', 'b',]}`), "a|b", "", "", ""},
		{"tests with faults are set aside", says(`{"question": "Q", "tests": ["a", "syntax: b", "no_call: c", "duplicate: d"]}`), "a", "syntax: b=syntax/syntax|no_call: c=not_run/no_call|duplicate: d=not_run/duplicate", "", ""},
		{"no test can be used", says(`{"question": "Q", "tests": ["no_call: a", "no_call: b", "syntax: c"]}`), "", "", acecoder.DropNoTests, "none can be used: 1 syntax, 2 no_call"},
		{"no tests", says(`{"question": "Q", "tests": []}`), "", "", acecoder.DropNoTests, "the answer has none"},
		{"no question", says(`{"question": "  ", "tests": ["a"]}`), "", "", acecoder.DropBadAnswer, "no question"},
		{"no JSON", says("I would rather not."), "", "", acecoder.DropBadAnswer, ""},
		{"JSON of another shape", says(`{"title": "Q"}`), "", "", acecoder.DropBadAnswer, ""},
		{"at the token limit", ends(llm.Answer{Text: `{"question": "Q", "tests": ["a"]}`, Finish: llm.FinishLength}), "", "", acecoder.DropCutOff, "the answer ended at the token limit"},
		{"filtered", ends(llm.Answer{Finish: llm.FinishContentFilter}), "", "", acecoder.DropRefused, "a content filter"},
		{"refused", ends(llm.Answer{Refusal: "I cannot.", Finish: llm.FinishStop}), "", "", acecoder.DropRefused, "the model: I cannot."},
		{"the server refuses", func(context.Context, llm.Request, int, int) ([]llm.Answer, error) {
			return nil, &llm.RefusedError{Code: 400, Message: "too long"}
		}, "", "", acecoder.DropRefused, "refused (HTTP 400): too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, drop, err := synth.Do(t.Context(), row.ask, spelled, seed, prompt(t), config())
			if err != nil {
				t.Fatal(err)
			}
			if drop != nil || row.reason != "" {
				if drop == nil || drop.ID != "evol_1" || drop.Stage != synth.Stage || drop.Reason != row.reason || row.detail != "" && drop.Detail != row.detail || drop.Detail == "" {
					t.Errorf("drop %+v, want reason %q and detail %q", drop, row.reason, row.detail)
				}
				return
			}
			var aside []string
			for _, d := range p.TestsDropped {
				aside = append(aside, d.Test+"="+string(d.Status)+"/"+string(d.Fault))
			}
			if got := strings.Join(p.Tests, "|"); got != row.tests || strings.Join(aside, "|") != row.aside {
				t.Errorf("tests %q, set aside %q, want %q and %q", got, aside, row.tests, row.aside)
			}
			if p.ID != seed.ID || p.Source != seed.Source || p.Origin != seed.Origin || p.License != seed.License || p.EntryPoint != "f" {
				t.Errorf("problem %+v is not of the seed", p)
			}
			if p.Question != strings.TrimSpace(p.Question) || p.Question == "" {
				t.Errorf("question %q", p.Question)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	fails := func(err error) synth.Ask {
		return func(context.Context, llm.Request, int, int) ([]llm.Answer, error) { return nil, err }
	}
	good := says(`{"question": "Q", "tests": ["a"]}`)
	for _, row := range []struct {
		name  string
		ask   synth.Ask
		check synth.CheckTests
		want  string
	}{
		{"the model fails", fails(errors.New("no route")), spelled, "synth evol_1: no route"},
		{"no answer", func(context.Context, llm.Request, int, int) ([]llm.Answer, error) { return nil, nil }, spelled, "0 answers, want 1"},
		{"the checker fails", good, func(context.Context, [][]string, []string) ([]pyast.Tests, error) {
			return nil, errors.New("jail is gone")
		}, "synth evol_1: jail is gone"},
		{"the checker forgets", good, func(context.Context, [][]string, []string) ([]pyast.Tests, error) { return nil, nil }, "0 lists of tests"},
	} {
		_, drop, err := synth.Do(t.Context(), row.ask, row.check, seed, prompt(t), config())
		if drop != nil || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: drop %v, error %v, want an error with %q", row.name, drop, err, row.want)
		}
	}
}

// What is asked is the paper's: its sampling, both texts, and one JSON object.
func TestRequest(t *testing.T) {
	var asked llm.Request
	ask := func(_ context.Context, r llm.Request, first, n int) ([]llm.Answer, error) {
		if first != 0 || n != 1 {
			t.Errorf("asked for samples %d to %d, want the first", first, first+n-1)
		}
		asked = r
		return []llm.Answer{{Text: `{"question": "Q", "tests": ["a"]}`}}, nil
	}
	if _, _, err := synth.Do(t.Context(), ask, spelled, seed, prompt(t), config()); err != nil {
		t.Fatal(err)
	}
	if asked.Model != "writer" || asked.Temperature != 0.7 || asked.TopP != 1 || asked.MaxTokens != 8192 || asked.Schema == nil || asked.Continue {
		t.Errorf("asked %+v", asked)
	}
	if len(asked.Messages) != 2 || asked.Messages[0].Role != llm.System || asked.Messages[1].Role != llm.User {
		t.Fatalf("messages %+v", asked.Messages)
	}
	for _, part := range []string{seed.Instruction, seed.Program, "exactly one function", "about 20", "JSON"} {
		if !strings.Contains(asked.Messages[1].Content, part) {
			t.Errorf("the prompt lacks %q", part)
		}
	}
	bare, cfg := seed, config()
	bare.Instruction, cfg.Schema = "", false
	if _, _, err := synth.Do(t.Context(), ask, spelled, bare, prompt(t), cfg); err != nil {
		t.Fatal(err)
	}
	if asked.Schema != nil || strings.Contains(asked.Messages[1].Content, "The task:") {
		t.Error("a bare function is asked about as if it had a task, or with a schema that was not wanted")
	}
}

func TestValidate(t *testing.T) {
	for _, row := range []struct {
		change func(*synth.Config)
		want   string
	}{
		{func(*synth.Config) {}, ""},
		{func(c *synth.Config) { c.Model = "" }, "synth: model:"},
		{func(c *synth.Config) { c.Temperature = -1 }, "synth: temperature:"},
		{func(c *synth.Config) { c.TopP = 0 }, "synth: top_p:"},
		{func(c *synth.Config) { c.MaxTokens = -1 }, "synth: max_tokens:"},
	} {
		cfg := config()
		row.change(&cfg)
		err := cfg.Validate()
		if (err == nil) != (row.want == "") || err != nil && !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("Validate(%+v) = %v, want %q", cfg, err, row.want)
		}
	}
}
