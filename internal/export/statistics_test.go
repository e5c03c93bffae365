package export_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/export"
)

// card exports problems and returns README.md.
func card(t *testing.T, o export.Options, list ...acecoder.Problem) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set")
	o.Name = "x"
	s, err := export.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if _, err := s.Problem(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(path, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The figures are those of the rows that were written, and of no others.
func TestStatistics(t *testing.T) {
	var list []acecoder.Problem
	for i := range 1100 {
		p := acecoder.Problem{ID: fmt.Sprint(i), Source: "a", License: "MIT", Question: "q", Tests: []string{"1", "2", "3", "4"}}
		if i%10 == 0 {
			p.Source, p.License = "b|c", ""
		}
		if i%4 == 0 {
			p.TestsShown = []string{"1"}
		}
		p.Programs = []acecoder.Program{{ID: "p", Program: "x", Passed: new(i % 5)}, {ID: "q", Program: "y"}}
		list = append(list, p)
	}
	list = append(list, acecoder.Problem{ID: "gone", Source: "never", Question: "q", License: "GPL-3.0-only"}) // no tests: dropped
	got := card(t, export.Options{Format: export.AceCode}, list...)
	for _, want := range []string{
		"| rows | 1,100 |", "| tests a problem | 4.00 |", "| of them shown in prompts | 0.25 |", "| programs a problem | 2.00 |",
		"| programs without a pass rate | 1,100 |", "| mean pass rate | 0.5000 |",
		"| 0.0 to below 0.1 | 220 (20.0 %) |", "| 0.2 to below 0.3 | 220 (20.0 %) |", "| 0.1 to below 0.2 | 0 (0.0 %) |", "| 1 | 220 (20.0 %) |",
		"| MIT | 990 |\n| not known | 110 |", "| a | 990 |\n| b\\|c | 110 |",
		"license:\n- mit\n- unknown\n", "- 1K<n<10K\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the card has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "never") || strings.Contains(got, "gpl") {
		t.Errorf("the card speaks of a problem that was dropped:\n%s", got)
	}
}

func TestLicensesOfTheCard(t *testing.T) {
	tests := []struct{ name, licenses, want string }{
		{"one", "MIT", "license: mit\n"},
		{"two", "MIT Apache-2.0 MIT", "license:\n- apache-2.0\n- mit\n"},
		{"SPDX's endings", "GPL-3.0-only LGPL-2.1-or-later", "license:\n- gpl-3.0\n- lgpl-2.1\n"},
		{"one that the hub has no name for", "Beerware", "license: other\n"},
		{"none", "", "license: unknown\n"},
	}
	for _, tt := range tests {
		var list []acecoder.Problem
		for i, license := range strings.Fields(tt.licenses) {
			list = append(list, acecoder.Problem{ID: fmt.Sprint(i), License: license, Question: "q", Tests: []string{"t"}})
		}
		if got := card(t, export.Options{Format: export.TRLGRPO}, list...); !strings.Contains(got, "---\n"+tt.want+"language:") {
			t.Errorf("%s: the card of %q begins %.120q, want %q", tt.name, tt.licenses, got, tt.want)
		}
	}
}

// Names of every kind come through the card's YAML and tables.
func TestOddNames(t *testing.T) {
	for _, name := range []string{`a: b # "c"`, "- x", "---", "ünï", "'", "{a}", "yes", "1.0"} {
		path := filepath.Join(t.TempDir(), "set")
		writeTo(t, path, export.Options{Format: export.LlamaFactory, Name: name})
		text, err := os.ReadFile(filepath.Join(path, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		head, _, ok := strings.Cut(strings.TrimPrefix(string(text), "---\n"), "\n---\n")
		if !ok || !strings.Contains(head, "pretty_name: ") {
			t.Errorf("a set named %q: the head is %q", name, head)
		}
	}
}
