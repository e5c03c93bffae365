package verify

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
)

// FuzzRecords: whatever a process leaves, reading it neither panics nor gives a value that was not there.
func FuzzRecords(f *testing.F) {
	f.Add([]byte("(\x03\x00\x00\x00i\x00\x00\x00\x00i\x01\x00\x00\x00T"), []byte("T"))
	f.Add([]byte("(\x03\x00\x00\x00i\x02\x00\x00\x00i\x01\x00\x00\x00(\x03\x00\x00\x00u\x01\x00\x00\x00Eu\x00\x00\x00\x00N"), []byte(nil))
	f.Fuzz(func(t *testing.T, data, expected []byte) {
		rest := data
		for {
			r, same, after, err := next(rest, expected)
			if err != nil {
				return
			}
			if len(after) >= len(rest) {
				t.Fatalf("a record of no bytes")
			}
			if same && !bytes.HasPrefix(r.payload, expected) {
				t.Fatalf("same without the expected bytes")
			}
			c := &session{}
			c.read(r, &trial{})
			rest = after
		}
	})
}

// FuzzSplit: whatever a test's text is, the splitter answers, and a test that it calls checks has them.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"assert f(1) == 2", "assert not f([1, 2])", "assert f(x=1)[0] is None", "x = 1\nassert f(x) == x",
		"def check(c):\n    assert c(1) == 2\n", "assert", "assert f(1) == float('nan')", "((((((((((", "\x00", "assert (f)(1) == -1 + 2j",
		"assert f(lambda: (yield)) == 1", "assert f((y := 1)) == {1: {2}}", "def test_a():\n    assert f(1)\n", "",
	} {
		f.Add(s)
	}
	p, err := ProfileByName(DefaultProfile)
	if err != nil {
		f.Fatal(err)
	}
	v, err := New(context.Background(), Options{Profile: p, Jobs: 1})
	if err != nil {
		f.Skipf("no verifier on this machine: %v", err)
	}
	f.Cleanup(v.Close)
	f.Fuzz(func(t *testing.T, test string) {
		s := <-v.slots
		defer func() { v.slots <- s }()
		job := Job{Tests: []string{test, "assert f(1) == 2"}}.valid()
		began := time.Now()
		plans, err := s.split(context.Background(), job.Tests, "f")
		if err != nil {
			t.Fatalf("split %q: %v", test, err)
		}
		if took := time.Since(began); took > splitTime {
			t.Fatalf("split %q: took %v", test, took)
		}
		for i, p := range plans.tests {
			switch p.kind {
			case "checks":
				if len(p.checks) == 0 {
					t.Fatalf("test %d of %q: no checks", i, test)
				}
			case "oracle", "syntax", "empty":
			default:
				t.Fatalf("test %d of %q: kind %q", i, test, p.kind)
			}
		}
	})
}

// TestEntryPoint pins when a name is taken for the function under test.
func TestEntryPoint(t *testing.T) {
	tests := []struct {
		name  string
		job   Job
		entry string
	}{
		{"given", Job{EntryPoint: "g", Tests: []string{"assert f(1)"}}, "g"},
		{"all tests call it", Job{Tests: []string{"assert sum(1, 2) == 3", "assert sum(2, 2) == 4"}}, "sum"},
		{"parentheses", Job{Tests: []string{"assert (f(1)) == 2"}}, "f"},
		{"two names", Job{Tests: []string{"assert f(1)", "assert g(1)"}}, ""},
		{"no assert", Job{Tests: []string{"f(1)"}}, ""},
		{"not a call", Job{Tests: []string{"assert not f(1)"}}, ""},
	}
	for _, tt := range tests {
		if got := entryPoint(tt.job); got != tt.entry {
			t.Errorf("%s: entryPoint = %q, want %q", tt.name, got, tt.entry)
		}
	}
}

// TestStop pins the vector of a run that stops at its first failure.
func TestStop(t *testing.T) {
	verdicts := func(words ...acecoder.Status) []acecoder.Verdict {
		var out []acecoder.Verdict
		for _, w := range words {
			out = append(out, acecoder.Verdict{Status: w})
		}
		return out
	}
	tr := &trial{verdicts: verdicts(acecoder.Pass, acecoder.Fail, acecoder.Pass, ""), done: []bool{true, true, true, false}}
	tr.stop()
	want := []acecoder.Status{acecoder.Pass, acecoder.Fail, acecoder.NotRun, acecoder.NotRun}
	for i, v := range tr.verdicts {
		if v.Status != want[i] {
			t.Errorf("verdict %d: %s, want %s", i, v.Status, want[i])
		}
	}
}
