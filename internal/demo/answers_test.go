package demo_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acecoder/acecoder/internal/demo"
)

// kinds are the answers that occur, and how many at least of each.
var kinds = map[demo.Role]map[string]int{
	demo.Writer: {
		"plain": 5, "pretty": 5, "fenced": 5, "bare": 2, "before": 3, "around": 3, "python": 3, "commas": 2, "newlines": 2,
		"cut": 2, "draft": 2, "refusal": 1, "filtered": 1, "length": 2, "no json": 1, "few": 1, "unusable": 1,
	},
	demo.Oracle: {
		"right": 30, "partly": 5, "misread": 6, "other name": 1, "crash": 1, "missing": 1, "loop": 1, "cut": 1, "prose": 1,
	},
	demo.Policy: {
		"right": 200, "mutant": 250, "wrong": 60, "slow": 4, "loop": 10, "crash": 30, "syntax": 30, "missing": 10, "cheat": 50,
		"empty": 10, "prints": 15, "by heart": 15, "cut": 8,
	},
}

func TestKindsOccur(t *testing.T) {
	counts := map[demo.Role]map[string]int{}
	for role := range kinds {
		counts[role] = map[string]int{}
	}
	for _, s := range demo.Answers() {
		for _, a := range s.Answers {
			if _, known := kinds[a.Role][a.Kind]; !known {
				t.Errorf("%s: %s %d is of kind %q, which no list has", s.Name, a.Role, a.Sample, a.Kind)
				continue
			}
			counts[a.Role][a.Kind]++
		}
	}
	for role, list := range kinds {
		for kind, least := range list {
			if got := counts[role][kind]; got < least {
				t.Errorf("%d answers of the %s are %q, want %d or more", got, role, kind, least)
			}
		}
	}
}

// Every seed that the rules keep has a writer's answer; every problem has all answers.
func TestAnswersAreComplete(t *testing.T) {
	for _, s := range demo.Answers() {
		n := map[demo.Role]int{}
		for _, a := range s.Answers {
			if a.Sample != n[a.Role] {
				t.Errorf("%s: %s: sample %d comes as number %d", s.Name, a.Role, a.Sample, n[a.Role])
			}
			n[a.Role]++
		}
		want := map[demo.Role]int{}
		if s.SeedKey != "" {
			want[demo.Writer] = 1
		}
		if s.QuestionKey != "" {
			want[demo.Oracle] = 1
		}
		if s.Want.Tests >= 5 {
			want[demo.Policy] = 16
		}
		for _, role := range []demo.Role{demo.Writer, demo.Oracle, demo.Policy} {
			if n[role] != want[role] {
				t.Errorf("%s: %d answers of the %s, want %d", s.Name, n[role], role, want[role])
			}
		}
	}
}

// A key is found in its own seed or question and in no other.
func TestKeysFindOne(t *testing.T) {
	seeds := readSeeds(t)
	for _, s := range seeds {
		if s.SeedKey != "" {
			found := 0
			for _, other := range seeds {
				if other.SeedKey != "" && strings.Contains(other.columns["instruction"]+other.text(), s.SeedKey) {
					found++
				}
			}
			if found != 1 || !strings.Contains(s.text(), s.SeedKey) {
				t.Errorf("%s: %q is in %d of the seeds that are kept, want its own only", s.Name, s.SeedKey, found)
			}
		}
		if s.QuestionKey != "" {
			found := 0
			for _, other := range seeds {
				if len(other.Answers) > 0 && strings.Contains(question(other.Answers[0].Text), s.QuestionKey) {
					found++
				}
			}
			if found != 1 || !strings.Contains(question(s.Answers[0].Text), s.QuestionKey) {
				t.Errorf("%s: %q is in %d answers, want its own only", s.Name, s.QuestionKey, found)
			}
		}
	}
}

// question undoes the escapes that JSON and Python have in a text, well enough to find one in it.
func question(text string) string {
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`).Replace(unescape(text))
}

func unescape(text string) string {
	return regexp.MustCompile(`\\u[0-9a-f]{4}`).ReplaceAllStringFunc(text, func(s string) string {
		var c string
		if json.Unmarshal([]byte(`"`+s+`"`), &c) != nil {
			return s
		}
		return c
	})
}

// written is what a writer is asked for.
type written struct {
	Question string   `json:"question"`
	Tests    []string `json:"tests"`
}

// A writer's answer is JSON, or is it after repair only, or never, by its kind.
func TestWritersAnswers(t *testing.T) {
	fenced := regexp.MustCompile("(?s)```(?:json)?\n(.*?)\n?```")
	inFence := func(text string) string {
		blocks := fenced.FindAllStringSubmatch(text, -1)
		return blocks[len(blocks)-1][1]
	}
	whole := func(text string) string { return text }
	fromBrace := func(text string) string { return text[strings.IndexByte(text, '{'):] }
	find := map[string]func(string) string{ // where the JSON is; in the other kinds there is none to be read as it stands
		"plain": whole, "pretty": whole, "fenced": inFence, "bare": inFence, "around": inFence, "draft": inFence,
		"before": fromBrace, "few": inFence, "unusable": inFence,
	}
	for _, s := range demo.Answers() {
		if len(s.Answers) == 0 {
			continue
		}
		a := s.Answers[0]
		var got written
		if at, ok := find[a.Kind]; ok {
			if err := json.Unmarshal([]byte(at(a.Text)), &got); err != nil {
				t.Errorf("%s, %s: %v", s.Name, a.Kind, err)
			}
			if got.Question == "" || len(got.Tests) < s.Want.Tests-1 {
				t.Errorf("%s, %s: question %q and %d tests, want one and %d or more", s.Name, a.Kind, got.Question, len(got.Tests), s.Want.Tests)
			}
			continue
		}
		if json.Unmarshal([]byte(a.Text), &got) == nil {
			t.Errorf("%s, %s: is sound JSON", s.Name, a.Kind)
		}
	}
}

func TestFinishes(t *testing.T) {
	finish := map[string]string{"cut": "length", "length": "length", "filtered": "content_filter"}
	for _, s := range demo.Answers() {
		for _, a := range s.Answers {
			want := finish[a.Kind]
			if want == "" || (a.Role == demo.Writer && a.Kind == "cut") { // the writer's: cut off, and nobody says so
				want = "stop"
			}
			if a.Finish != want {
				t.Errorf("%s: %s %d, %s: finish %q, want %q", s.Name, a.Role, a.Sample, a.Kind, a.Finish, want)
			}
			if refused := a.Kind == "refusal"; refused != (a.Refusal != "") || refused != (a.Text == "") {
				t.Errorf("%s: %s %d, %s: text %q, refusal %q: want one of the two", s.Name, a.Role, a.Sample, a.Kind, a.Text, a.Refusal)
			}
			characters := float64(utf8.RuneCountInString(a.Text + a.Refusal))
			if want := max(1, math.Round(characters/3.6)); math.Abs(float64(a.CompletionTokens)-want) > 1 {
				t.Errorf("%s: %s %d: %d tokens, want about %v", s.Name, a.Role, a.Sample, a.CompletionTokens, want)
			}
		}
	}
}

// The policy goes on after an opening fence; now and then it forgets to close it, or says something after it.
func TestPolicysTexts(t *testing.T) {
	var closed, open, prose, again, repeated int
	for _, s := range demo.Answers() {
		var texts []string
		for _, a := range s.Answers {
			if a.Role != demo.Policy {
				continue
			}
			if strings.HasPrefix(a.Text, "```") || strings.HasPrefix(a.Text, "Below is") {
				t.Errorf("%s: policy %d begins anew: %q", s.Name, a.Sample, a.Text)
			}
			_, after, ok := strings.Cut(a.Text, "\n```")
			switch {
			case !ok:
				open++
			case strings.Contains(after, "```python\n"):
				again++
			case strings.TrimSpace(after) != "":
				prose++
			default:
				closed++
			}
			if a.Kind == "cut" && (ok || a.CompletionTokens < 900) {
				t.Errorf("%s: policy %d is cut off after %d tokens, with a closing fence: %v", s.Name, a.Sample, a.CompletionTokens, ok)
			}
			texts = append(texts, strings.SplitN(a.Text, "```", 2)[0])
		}
		slices.Sort(texts)
		repeated += len(texts) - len(slices.Compact(texts))
	}
	for _, c := range []struct {
		name       string
		got, least int
	}{
		{"closed", closed, 400},
		{"not closed", open, 60},
		{"with prose after it", prose, 60},
		{"with a second block", again, 60},
		{"the same as another", repeated, 5},
	} {
		if c.got < c.least {
			t.Errorf("%d programs %s, want %d or more", c.got, c.name, c.least)
		}
	}
}
