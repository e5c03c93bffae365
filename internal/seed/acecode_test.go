package seed_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/seed"
	"github.com/acecoder/acecoder/internal/stats"
)

const published = `{"id":"oss_1","source":"oss","question":"Double x.","test_cases":["assert f(1) == 2","assert f(2) == 4"],
"inferences":[{"model_name":"m","completion_id":0,"completion":"def f(x):\n    return 2 * x","pass_rate":0.8},
{"model_name":"m","completion_id":1,"completion":"","pass_rate":0}],
"context_messages":[{"content":"Double x.","role":"user"}],"more":1}`

func TestReadProblem(t *testing.T) {
	got, err := seed.ReadProblem(row(t, "acecode.jsonl", strings.ReplaceAll(published, "\n", " ")))
	if err != nil {
		t.Fatal(err)
	}
	most, none := 0.8, 0.0
	want := acecoder.Problem{
		ID: "oss_1", Source: "oss", Question: "Double x.", Tests: []string{"assert f(1) == 2", "assert f(2) == 4"},
		Programs: []acecoder.Program{
			{ID: "0", Model: "m", Program: "def f(x):\n    return 2 * x", PassRateAll: &most}, {ID: "1", Model: "m", PassRateAll: &none},
		},
		Extra: map[string]json.RawMessage{"context_messages": json.RawMessage(`[{"content":"Double x.","role":"user"}]`), "more": json.RawMessage("1")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ReadProblem = %+v, want %+v", got, want)
	}
	// 4 of 5 tests before filtering: by the published denominator that is what it is. By the paper's it would be 2 of 2, which
	// the row does not say, so it is read as the published number and not as a full mark.
	for _, denominator := range []stats.Denominator{stats.All, stats.Kept} {
		rate, ok, err := stats.RateRule{Denominator: denominator}.Of(&got, &got.Programs[0])
		if err != nil || !ok || rate.Float != 0.8 {
			t.Errorf("the rate over %s is %v, %v, %v, want 0.8", denominator, rate.Float, ok, err)
		}
	}
}

func TestReadProblemErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":"a","question":"q","inferences":[]}`:                                                           "a.jsonl:1: test_cases: missing",
		`{"id":"a","question":"q","test_cases":[],"inferences":[{"completion":1}]}`:                           "a.jsonl:1: inferences[0].completion",
		`{"id":"a","question":"q","test_cases":"x","inferences":[]}`:                                          "a.jsonl:1: test_cases",
		`{"id":"a","question":"q","test_cases":[],"inferences":[{"completion":"c","pass_rate":"all of it"}]}`: "a.jsonl:1: inferences[0].pass_rate",
	} {
		if _, err := seed.ReadProblem(row(t, "a.jsonl", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadProblem(%s) = %v, want %q", text, err, want)
		}
	}
	got, err := seed.ReadProblem(row(t, "a.jsonl", `{"id":"a","question":"q","tests":["t"],"inferences":[{"completion":"c"},{"completion":"d","completion_id":"x"}]}`))
	if err != nil || got.Tests[0] != "t" || got.Programs[0].ID != "0" || got.Programs[1].ID != "x" || got.Programs[0].PassRateAll != nil {
		t.Errorf("ReadProblem of the older form = %+v, %v", got, err)
	}
}

// wrapped is a pair as the published code wrote it.
func wrapped(question, test, chosen, rejected string) string {
	instruction := fmt.Sprintf("Please provide a self-contained Python script that solves the following problem in a markdown code block:\n```\n%s\n```\n",
		fmt.Sprintf("\"\"\"\n%s\n%s\n\"\"\"\n", question, test))
	answer := func(program string) string {
		return "Below is a Python script with a self-contained function that solves the problem and passes corresponding tests:\n```python\n" + program + "\n```"
	}
	data, _ := json.Marshal(map[string]any{"instruction": instruction, "input": "", "chosen": answer(chosen), "rejected": answer(rejected), "id": 7})
	return string(data)
}

func TestReadPair(t *testing.T) {
	tests := []struct{ name, question, test, chosen, rejected string }{
		{"as most are", "Double x.\n\nAs in 1 → 2.", "assert f(1) == 2", "def f(x):\n    return 2 * x", "def f(x):\n    return x"},
		{"a program with an end of its own", "Q.", "assert f(1) == 2", "def f(x):\n    return 2\n", "\n"},
		{"fences and quotes inside", "Use ```python\nassert x\n``` and \"\"\".", "assert f('''\"\"\"''') == 1", "s = '''\n```\n'''", "x"},
		{"a test of several lines", "Q.", "assert f([\n    1,\n]) == 2", "a", "b"},
		{"no question", "", "assert f(1)", "a", "b"},
	}
	ids := map[string]bool{}
	for _, tt := range tests {
		got, err := seed.ReadPair(row(t, "pairs.jsonl", wrapped(tt.question, tt.test, tt.chosen, tt.rejected)), "acecode")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got.Question != tt.question || len(got.Tests) != 1 || got.Tests[0] != tt.test || got.Chosen != tt.chosen || got.Rejected != tt.rejected {
			t.Errorf("%s: ReadPair = %+v, want %+v", tt.name, got, tt)
		}
		if got.ID != "7" || got.Source != "acecode" || len(got.ProblemID) != len("question_")+16 {
			t.Errorf("%s: id %q, source %q, problem %q", tt.name, got.ID, got.Source, got.ProblemID)
		}
		ids[got.ProblemID] = true
	}
	if len(ids) != 4 { // two of the questions are the same
		t.Errorf("%d problems, want 4", len(ids))
	}
	for text, want := range map[string]string{
		`{"instruction":"Double x.","chosen":"a","rejected":"b"}`:                                "pairs.jsonl:1: instruction: not in the words",
		strings.Replace(wrapped("q", "assert 1", "a", "b"), "Below is", "Here is", 1):            "pairs.jsonl:1: chosen: not in the words",
		strings.Replace(wrapped("q", "assert 1", "a", "b"), `"rejected"`, `"other"`, 1):          "pairs.jsonl:1: rejected: missing",
		strings.Replace(wrapped("q", "assert 1", "a", "b"), `"id":7`, `"id":{"no":"number"}`, 1): "pairs.jsonl:1: id: not a text",
	} {
		if _, err := seed.ReadPair(row(t, "pairs.jsonl", text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadPair(%.60s…) = %v, want %q", text, err, want)
		}
	}
}

// TestPairsHaveNoScores: what the set does not have is not written as 0.
func TestPairsHaveNoScores(t *testing.T) {
	got, err := seed.ReadPair(row(t, "pairs.jsonl", wrapped("Q.", "assert f(1)", "a", "b")), "s")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(got)
	if err != nil || strings.Contains(string(data), "score") || strings.Contains(string(data), "margin") {
		t.Errorf("a published pair is written as %s, %v", data, err)
	}
}
