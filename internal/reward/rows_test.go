package reward_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// reader makes a token of each byte, and writes a conversation as role:content; with the form's endings.
func reader(t testing.TB, form string) reward.Reader {
	t.Helper()
	f, err := reward.FormNamed(form)
	if err != nil {
		t.Fatal(err)
	}
	return reward.Reader{
		Form: f, MaxLength: 1000,
		Render: func(_ reward.Form, messages []tokenizer.Message) (string, error) {
			var b strings.Builder
			for _, m := range messages {
				b.WriteString(m.Role + ":" + m.Content + ";")
			}
			return b.String(), nil
		},
		Encode: func(text string) []int32 {
			var ids []int32
			for _, b := range []byte(text) {
				ids = append(ids, int32(b))
			}
			return ids
		},
	}
}

func textOf(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteByte(byte(id))
	}
	return b.String()
}

func row(text string) jsonl.Row {
	return jsonl.Row{File: "rows.jsonl", Line: 3, Raw: json.RawMessage(text)}
}

func TestPairOfEveryForm(t *testing.T) {
	for name, c := range map[string]struct {
		form, row, chosen, rejected string
	}{
		"ours, wrapped": {
			"acecode", `{"question": "Q", "tests": [" assert f() ", "no"], "chosen": "A", "rejected": "B"}`,
			"user:Please provide a self-contained Python script that solves the following problem in a markdown code block:\n```\n\"\"\"\n" +
				"Q\nassert f()\n\"\"\"\n\n```\n;assistant:Below is a Python script with a self-contained function that solves the problem and passes " +
				"corresponding tests:\n```python\nA\n```;",
			"",
		},
		"ours, as they stand": {"chat", `{"question": "Q", "tests": ["x"], "chosen": "A", "rejected": "B"}`, "user:Q;assistant:A;", "user:Q;assistant:B;"},
		"published":           {"acecode", `{"instruction": "I", "input": "", "chosen": "A", "rejected": "B", "id": 4}`, "user:I;assistant:A;", "user:I;assistant:B;"},
		"with input":          {"acecode", `{"instruction": "I", "input": "J", "chosen": "A", "rejected": "B"}`, "user:I\nJ;assistant:A;", ""},
		"with system":         {"acecode", `{"system": "S", "instruction": "I", "chosen": "A", "rejected": "B"}`, "system:S;user:I;assistant:A;", ""},
		"RewardBench":         {"acecode", `{"prompt": "P", "chosen": "A", "rejected": "B", "subset": "hep"}`, "user:P;assistant:A;", ""},
		"TRL": {
			"acecode", `{"prompt": [{"role": "user", "content": "P"}], "chosen": [{"role": "assistant", "content": "A"}], "rejected": [{"role": "assistant", "content": "B"}]}`,
			"user:P;assistant:A;", "user:P;assistant:B;",
		},
		"OpenRLHF": {
			"acecode", `{"chosen": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "A"}], "rejected": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "B"}]}`,
			"user:P;assistant:A;", "user:P;assistant:B;",
		},
	} {
		p, drop, err := reader(t, c.form).Pair(row(c.row))
		if err != nil || drop != nil {
			t.Errorf("%s: %v, %v", name, drop, err)
			continue
		}
		if got := textOf(p.Chosen); got != c.chosen {
			t.Errorf("%s: chosen is %q, want %q", name, got, c.chosen)
		}
		if got := textOf(p.Rejected); c.rejected != "" && got != c.rejected {
			t.Errorf("%s: rejected is %q, want %q", name, got, c.rejected)
		}
	}
}

// Pairs of one question have one name for it, whatever form they come in.
func TestQuestionOfAPair(t *testing.T) {
	question := func(text string) string {
		p, _, err := reader(t, "chat").Pair(row(text))
		if err != nil {
			t.Fatal(err)
		}
		return p.Question
	}
	a := question(`{"prompt": "P", "chosen": "A", "rejected": "B"}`)
	if b := question(`{"instruction": "P", "chosen": "C", "rejected": "D"}`); a != b {
		t.Errorf("the same question is %q and %q", a, b)
	}
	if b := question(`{"prompt": "Q", "chosen": "A", "rejected": "B"}`); a == b {
		t.Errorf("two questions are both %q", a)
	}
	if got := question(`{"problem_id": "p1", "question": "P", "chosen": "A", "rejected": "B"}`); got != "p1" {
		t.Errorf("the question is %q, want its problem's id", got)
	}
}

func TestPairsThatAreDropped(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for name, c := range map[string]struct {
		row      string
		truncate bool
		want     acecoder.DropReason
	}{
		"the same twice":           {`{"prompt": "P", "chosen": "A", "rejected": "A"}`, false, acecoder.DropNoPair},
		"empty":                    {`{"prompt": "P", "chosen": "A", "rejected": " \n"}`, false, acecoder.DropTooShort},
		"an empty program of ours": {`{"question": "P", "chosen": "", "rejected": "B"}`, false, acecoder.DropTooShort},
		"too long":                 {`{"prompt": "P", "chosen": "A", "rejected": "` + long + `"}`, false, acecoder.DropTooLong},
		"the same when cut":        {`{"prompt": "` + long + `", "chosen": "A", "rejected": "B"}`, true, acecoder.DropTooLong},
	} {
		r := reader(t, "acecode")
		r.Truncate = c.truncate
		_, drop, err := r.Pair(row(c.row))
		if err != nil || drop == nil || drop.Reason != c.want || drop.ID != "rows.jsonl:3" || drop.Stage != reward.Stage {
			t.Errorf("%s: drop %+v, error %v, want %s", name, drop, err, c.want)
		}
	}
	r := reader(t, "acecode")
	r.Truncate = true
	p, drop, err := r.Pair(row(`{"prompt": "P", "chosen": "A", "rejected": "` + long + `"}`))
	if err != nil || drop != nil || len(p.Rejected) != 1000 || textOf(p.Rejected[:20]) != "user:P;assistant:xxx" {
		t.Errorf("a text that is cut: %d tokens, %v, %v", len(p.Rejected), drop, err)
	}
}

func TestRowsThatAreNoPairs(t *testing.T) {
	for name, c := range map[string]struct{ row, want string }{
		"no rejected":      {`{"prompt": "P", "chosen": "A"}`, "rejected"},
		"no prompt":        {`{"chosen": "A", "rejected": "B"}`, "there is no prompt"},
		"a number":         {`{"prompt": "P", "chosen": 4, "rejected": "B"}`, "chosen is neither text nor a list of messages"},
		"a prompt of what": {`{"prompt": {"a": 1}, "chosen": "A", "rejected": "B"}`, "prompt is neither text"},
		"no content":       {`{"chosen": [{"role": "user"}], "rejected": []}`, "message 0 has no role or no content"},
		"not the last":     {`{"chosen": [{"role": "user", "content": "P"}], "rejected": []}`, "chosen does not end with a message of the assistant"},
		"no messages":      {`{"prompt": "P", "chosen": [], "rejected": []}`, "chosen does not end"},
		"a wrong margin":   {`{"prompt": "P", "chosen": "A", "rejected": "B", "margin": "wide"}`, "margin"},
		"no margin":        {`{"prompt": "P", "chosen": "A", "rejected": "B"}`, "margin is missing"},
	} {
		r := reader(t, "acecode")
		r.Margin = name == "no margin"
		_, _, err := r.Pair(row(c.row))
		bad, ok := errors.AsType[*jsonl.RowError](err)
		if !ok || bad.Line != 3 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one of line 3 with %q", name, err, c.want)
		}
	}
}

func TestRMBench(t *testing.T) {
	r := reader(t, "acecode")
	all, drop, err := r.Pairs(row(`{"id": "7", "prompt": "P", "domain": "code", "chosen": ["a", "bb", "ccc"], "rejected": ["d", "ee", "fff"]}`))
	if err != nil || drop != nil || len(all) != 9 {
		t.Fatalf("%d pairs, %v, %v; want 9", len(all), drop, err)
	}
	subsets := map[string]int{}
	for _, p := range all {
		subsets[p.Subset]++
		// The length of a text is its style here.
		want := map[int]string{-1: "code hard", 0: "code normal", 1: "code easy"}[compare(len(p.Chosen), len(p.Rejected))]
		if p.Subset != want {
			t.Errorf("%q over %q is %q, want %q", textOf(p.Chosen), textOf(p.Rejected), p.Subset, want)
		}
	}
	if subsets["code hard"] != 3 || subsets["code normal"] != 3 {
		t.Errorf("subsets %v, want three of each", subsets)
	}
	if one, _, err := r.Pairs(row(`{"prompt": "P", "chosen": "a", "rejected": "b"}`)); err != nil || len(one) != 1 {
		t.Errorf("a plain row: %d pairs, %v", len(one), err)
	}
	for name, bad := range map[string]string{
		"uneven":    `{"prompt": "P", "chosen": ["a"], "rejected": ["b", "c"]}`,
		"no prompt": `{"chosen": ["a"], "rejected": ["b"]}`,
	} {
		if _, _, err := r.Pairs(row(bad)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func compare(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Rows that are scored keep what they have and get rewards.
func TestTexts(t *testing.T) {
	one, two := 1.5, -2.0
	for name, c := range map[string]struct {
		row     string
		texts   []string
		rewards []*float64
		want    string
	}{
		"a problem": {
			`{"id": "p", "question": "Q", "tests": [], "mine": 1, "programs": [{"id": "a", "program": "A"}, {"id": "b", "program": "B", "note": "n"}]}`,
			[]string{"user:Q;assistant:A;", "user:Q;assistant:B;"},
			[]*float64{&one, nil},
			`{"id":"p","question":"Q","tests":[],"programs":[{"id":"a","program":"A","reward":1.5},{"id":"b","program":"B","note":"n","reward":null}],"mine":1}`,
		},
		"a pair": {
			`{"prompt": "P", "chosen": "A", "rejected": "B", "z": [1]}`,
			[]string{"user:P;assistant:A;", "user:P;assistant:B;"},
			[]*float64{&one, &two},
			`{"chosen":"A","chosen_reward":1.5,"prompt":"P","rejected":"B","rejected_reward":-2,"z":[1]}`,
		},
		"a response": {`{"prompt": "P", "response": "A"}`, []string{"user:P;assistant:A;"}, []*float64{&one}, `{"prompt":"P","response":"A","reward":1.5}`},
		"an output":  {`{"instruction": "P", "output": "A"}`, []string{"user:P;assistant:A;"}, []*float64{&one}, `{"instruction":"P","output":"A","reward":1.5}`},
		"a program":  {`{"question": "P", "program": "A"}`, []string{"user:P;assistant:A;"}, []*float64{&one}, `{"program":"A","question":"P","reward":1.5}`},
		"messages": {
			`{"messages": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "A"}]}`,
			[]string{"user:P;assistant:A;"},
			[]*float64{&two},
			`{"messages":[{"role":"user","content":"P"},{"role":"assistant","content":"A"}],"reward":-2}`,
		},
		"a problem without programs": {`{"id": "p", "question": "Q", "tests": [], "programs": []}`, nil, nil, `{"id":"p","question":"Q","tests":[]}`},
	} {
		texts, err := reader(t, "chat").Texts(row(c.row))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, ids := range texts.IDs {
			got = append(got, textOf(ids))
		}
		if !slices.Equal(got, c.texts) {
			t.Errorf("%s: texts %q, want %q", name, got, c.texts)
		}
		data, err := json.Marshal(texts.Row(c.rewards))
		if err != nil {
			t.Fatal(err)
		}
		if string(data) != c.want {
			t.Errorf("%s: row %s, want %s", name, data, c.want)
		}
	}
}

func TestTextsThatAreTooLong(t *testing.T) {
	r := reader(t, "chat")
	texts, err := r.Texts(row(`{"prompt": "P", "chosen": "A", "rejected": "` + strings.Repeat("x", 2000) + `"}`))
	if err != nil || texts.TooLong() != 1 || texts.IDs[0] == nil || texts.IDs[1] != nil {
		t.Errorf("%d too long, %v", texts.TooLong(), err)
	}
	r.Truncate = true
	if texts, err = r.Texts(row(`{"prompt": "P", "response": "` + strings.Repeat("x", 2000) + `"}`)); err != nil || texts.TooLong() != 0 || len(texts.IDs[0]) != 1000 {
		t.Errorf("cut: %d too long, %v", texts.TooLong(), err)
	}
}

func TestRowsThatCannotBeScored(t *testing.T) {
	for name, c := range map[string]struct{ row, want string }{
		"nothing":      {`{"id": "x"}`, "want question and programs"},
		"no answer":    {`{"prompt": "P"}`, "want question and programs"},
		"no question":  {`{"id": "p", "tests": [], "programs": [{"id": "a", "program": "A"}]}`, "question"},
		"no program":   {`{"id": "p", "question": "Q", "tests": [], "programs": [{"id": "a"}]}`, "program"},
		"not messages": {`{"messages": 4}`, "messages is neither"},
		"no assistant": {`{"messages": [{"role": "user", "content": "P"}]}`, "does not end"},
		"text":         {`{"messages": "P"}`, "does not end"},
	} {
		_, err := reader(t, "chat").Texts(row(c.row))
		if _, ok := errors.AsType[*jsonl.RowError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one of the row with %q", name, err, c.want)
		}
	}
}

// Whatever a row is, it is a pair, a drop or an error that names its line; and the same for its texts.
func FuzzRows(f *testing.F) {
	f.Add(`{"prompt": "P", "chosen": "A", "rejected": "B"}`)
	f.Add(`{"question": "P", "tests": ["t"], "chosen": [{"role": "assistant", "content": ""}], "rejected": null, "margin": 1e9}`)
	f.Add(`{"id": 1, "prompt": [], "chosen": ["a"], "rejected": ["b"], "programs": []}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || !strings.HasPrefix(strings.TrimSpace(text), "{") {
			return
		}
		r := reader(t, "acecode")
		all, drop, err := r.Pairs(row(text))
		if err != nil {
			if _, ok := errors.AsType[*jsonl.RowError](err); !ok {
				t.Errorf("Pairs(%s): error %v of no row", text, err)
			}
		} else if drop == nil {
			for _, p := range all {
				if len(p.Chosen) == 0 || len(p.Rejected) == 0 || p.Question == "" || len(p.Chosen) > r.MaxLength {
					t.Errorf("Pairs(%s): %+v", text, p)
				}
			}
		}
		if texts, err := r.Texts(row(text)); err == nil {
			if _, err := json.Marshal(texts.Row(make([]*float64, len(texts.IDs)))); err != nil {
				t.Errorf("Texts(%s): the row cannot be written: %v", text, err)
			}
		}
	})
}
