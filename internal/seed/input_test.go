package seed_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/seed"
)

func batches(t *testing.T, in seed.Input) ([]seed.Batch, error) {
	t.Helper()
	var out []seed.Batch
	for b, err := range in.Batches(t.Context()) {
		if err != nil {
			return out, err
		}
		out = append(out, b)
	}
	return out, nil
}

func TestBatches(t *testing.T) {
	folder := t.TempDir()
	var rows strings.Builder
	for i := range 70 {
		fmt.Fprintf(&rows, `{"instruction":"%d","output":"x"}`+"\n", i)
		if i == 40 {
			rows.WriteString("not JSON\n" + `{"instruction":"no output"}` + "\n")
		}
	}
	write(t, folder, "rows.jsonl", rows.String(), "empty.jsonl", "", "bad.jsonl", "[\n", "late.jsonl", "no\n"+`{"content":"c"}`+"\n",
		"cut.json", `[{"content":"c"}, {"content":"d"`, "large.jsonl", strings.Repeat(`{"content":"`+strings.Repeat("x", 100_000)+`"}`+"\n", 6))
	got, err := batches(t, seed.Input{Path: filepath.Join(folder, "rows.jsonl")})
	if err != nil {
		t.Fatal(err)
	}
	next, read, bad := 0, 0, 0
	for _, b := range got {
		if b.Shape != seed.EvolInstruct || b.Read > 32 {
			t.Errorf("a batch of shape %s with %d rows", b.Shape, b.Read)
		}
		for _, r := range b.Rows {
			if r.Instruction != fmt.Sprint(next) {
				t.Errorf("row %s comes as number %d", r.Instruction, next)
			}
			next++
		}
		read, bad = read+b.Read, bad+len(b.Bad)
		for _, err := range b.Bad {
			if _, ok := errors.AsType[*jsonl.RowError](err); !ok {
				t.Errorf("a bad row is %v", err)
			}
		}
	}
	if next != 70 || read != 72 || bad != 2 {
		t.Errorf("%d rows, %d read, %d bad, want 70, 72 and 2", next, read, bad)
	}
	if got, err := batches(t, seed.Input{Path: filepath.Join(folder, "empty.jsonl")}); len(got) != 0 || err != nil {
		t.Errorf("an empty file gives %v, %v", got, err)
	}
	if got, err := batches(t, seed.Input{Path: filepath.Join(folder, "late.jsonl")}); err != nil || len(got) != 1 || got[0].Read != 2 || len(got[0].Rows) != 1 || got[0].Shape != seed.StackFunctions {
		t.Errorf("a bad first row gives %+v, %v", got, err)
	}
	if got, err := batches(t, seed.Input{Path: filepath.Join(folder, "cut.json")}); err == nil || len(got) != 1 || len(got[0].Rows) != 1 {
		t.Errorf("a file that is cut off gives %+v, %v, want the rows before and an error", got, err)
	}
	if got, err := batches(t, seed.Input{Path: filepath.Join(folder, "large.jsonl")}); err != nil || len(got) != 2 || got[0].Read != 3 {
		t.Errorf("large rows come in %d batches, %v, want 2", len(got), err)
	}
	for name, in := range map[string]seed.Input{
		"no file":               {Path: filepath.Join(folder, "none.jsonl")},
		"a shape of no folders": {Path: folder, Shape: seed.Alpaca},
		"another shape":         {Path: filepath.Join(folder, "rows.jsonl"), Shape: seed.StackFunctions},
	} {
		if _, err := batches(t, in); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMaker(t *testing.T) {
	p := parser(t)
	folder := filepath.Join(t.TempDir(), "code")
	write(t, folder, "a.py", "def f():\n    'Doc.'\n    print(1)\n\ndef g():\n    'Doc.'\n", "b.py", "x = 1\n",
		"../problems.jsonl", strings.ReplaceAll(published, "\n", " "), "../pairs.jsonl", wrapped(question, "assert f(1)", "a", "b"))
	bench := index(t, seed.DefaultOverlap(), seed.Task{ID: "B/1", Text: question})
	maker := seed.Maker{Inspect: p.Inspect, Functions: p.Functions, Rules: func(seed.Shape) seed.Rules { return seed.Paper() }, Benchmarks: bench}
	var got []string
	for _, path := range []string{folder, filepath.Join(folder, "../problems.jsonl"), filepath.Join(folder, "../pairs.jsonl")} {
		list, err := batches(t, seed.Input{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range list {
			results, err := maker.Make(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			for i := range results {
				r := &results[i]
				kind, _ := r.Row()
				line := fmt.Sprintf("%s %s %s %d %q", r.Place, r.Source, kind, r.Tests(), r.Seed.Program)
				if r.Drop != nil {
					line = fmt.Sprintf("%s %s dropped %s", r.Place, r.Source, r.Drop.Reason)
				}
				got = append(got, line)
			}
		}
	}
	want := []string{
		`code/a.py:1 code seeds 0 "def f():\n    'Doc.'\n"`, `code/a.py:5 code seeds 0 "def g():\n    'Doc.'\n"`, "code/b.py code dropped no_function",
		`oss_1 oss problems 2 ""`, "7 pairs dropped contaminated",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("Make gives\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
