package jsonl

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run writes the rows as a command does: those that are done are passed over.
func runResumed(t testing.TB, path string, rows []record) (skipped int) {
	t.Helper()
	w, done, err := Resume(path, Key("id"))
	if err != nil {
		t.Fatal(err)
	}
	defer done.Close()
	defer func() { _ = w.Suspend() }()
	for _, r := range rows {
		skip, err := done.Skip(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if skip {
			skipped++
			continue
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := done.End(); err != nil {
		t.Fatal(err)
	}
	if got := w.Rows(); got != len(rows) {
		t.Errorf("rows: got %d, want %d", got, len(rows))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return skipped
}

// TestResumeAnywhere: a run killed at any byte ends up with the bytes of a run that was not.
func TestResumeAnywhere(t *testing.T) {
	rows := records(6)
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.jsonl")
	writeFile(t, plain, rows)
	lines := content(t, plain)
	for _, name := range []string{"f.jsonl", "f.jsonl.gz", "f.jsonl.zst", "f.parquet"} {
		straight := filepath.Join(dir, "straight-"+name)
		writeFile(t, straight, rows)
		want := content(t, straight)
		step := 1
		if name != "f.jsonl" {
			step = 13
		}
		path := filepath.Join(dir, name)
		for cut := 0; cut <= len(lines); cut += step {
			if err := os.WriteFile(path+PartialSuffix, lines[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			skipped := runResumed(t, path, rows)
			if whole := bytes.Count(lines[:cut], []byte("\n")); skipped != whole {
				t.Fatalf("%s cut at %d: passed over %d rows, want %d", name, cut, skipped, whole)
			}
			if !bytes.Equal(content(t, path), want) {
				t.Fatalf("%s cut at %d: other bytes than the straight run", name, cut)
			}
		}
	}
	if got := names(t, dir); strings.Contains(got, PartialSuffix) || strings.Contains(got, ".tmp") {
		t.Errorf("left behind: %s", got)
	}
}

// TestResumeTwice: interrupted again and again, a row at a time.
func TestResumeTwice(t *testing.T) {
	rows := records(5)
	path := filepath.Join(t.TempDir(), "f.jsonl")
	for i := range rows {
		w, done, err := Resume(path, Key("id"))
		if err != nil {
			t.Fatal(err)
		}
		if done.Left() != i {
			t.Errorf("done: got %d, want %d", done.Left(), i)
		}
		writeAll(t, w, rows[i:i+1])
		if err := w.Suspend(); err != nil {
			t.Fatal(err)
		}
		_ = done.Close()
	}
	if got := runResumed(t, path, rows); got != len(rows) {
		t.Errorf("passed over: got %d, want %d", got, len(rows))
	}
	if got := fmt.Sprint(readFile(t, path)); got != fmt.Sprint(rows) {
		t.Errorf("got %s", got)
	}
}

func TestResumeFaults(t *testing.T) {
	tests := []struct {
		name    string
		partial string
		ids     []string // of the input
		want    string
	}{
		{"another row", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", []string{"a", "c"}, `f.jsonl.partial:2: has row "b" where the input has "c": the input has changed`},
		{"another order", "{\"id\":\"b\"}\n{\"id\":\"a\"}\n", []string{"a", "b"}, `has row "b" where the input has "a"`},
		{"fewer rows", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", []string{"a"}, `has 1 rows more than the input`},
		{"rows of something else", "{\"id\":\"a\"}\n{\"name\":\"b\"}\n", nil, `f.jsonl.partial:2: the row has no id`},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "f.jsonl")
		if err := os.WriteFile(path+PartialSuffix, []byte(test.partial), 0o600); err != nil {
			t.Fatal(err)
		}
		err := func() error {
			w, done, err := Resume(path, Key("id"))
			if err != nil {
				return err
			}
			defer done.Close()
			defer func() { _ = w.Suspend() }()
			for _, id := range test.ids {
				if _, err := done.Skip(id); err != nil {
					return err
				}
			}
			return done.End()
		}()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if got := string(content(t, path+PartialSuffix)); got != test.partial {
			t.Errorf("%s: the unfinished output has changed: %q", test.name, got)
		}
	}
	if _, _, err := Resume("-", Key("id")); err == nil {
		t.Error("standard output: no error")
	}
}

// TestResumeAfterDamage: what a loss of power leaves behind the last sound row is done again.
func TestResumeAfterDamage(t *testing.T) {
	rows := records(4)
	path := filepath.Join(t.TempDir(), "f.jsonl")
	writeFile(t, path, rows)
	want := content(t, path)
	half := bytes.IndexByte(want, '\n') + 1
	damaged := append(bytes.Clone(want[:half]), make([]byte, 500)...)
	damaged = append(damaged, want[half:]...)
	if err := os.WriteFile(path+PartialSuffix, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runResumed(t, path, rows); got != 1 {
		t.Errorf("passed over: got %d, want 1", got)
	}
	if !bytes.Equal(content(t, path), want) {
		t.Error("other bytes than the straight run")
	}
}

// TestDoneTake: with outputs for kept and dropped rows, each row of the input is in one of them.
func TestDoneTake(t *testing.T) {
	dir := t.TempDir()
	partial := func(name, rows string) *Done {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+PartialSuffix, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
		w, done, err := Resume(path, Key("id"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = w.Suspend(), done.Close() })
		return done
	}
	kept, dropped := partial("kept", "{\"id\":\"a\"}\n{\"id\":\"c\"}\n{\"id\":\"e\"}\n"), partial("dropped", "{\"id\":\"b\"}\n")
	var got []string
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		inKept, err := kept.Take(id)
		if err != nil {
			t.Fatal(err)
		}
		inDropped, err := dropped.Take(id)
		if err != nil {
			t.Fatal(err)
		}
		if !inKept && !inDropped {
			got = append(got, id)
		}
	}
	if want := "d f"; strings.Join(got, " ") != want || kept.End() != nil || dropped.End() != nil {
		t.Errorf("to do: got %s, want %s", got, want)
	}
}
