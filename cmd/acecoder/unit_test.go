package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

func TestExit(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, row := range []struct {
		name    string
		err     error
		started bool
		drained bool
		want    int
		say     string
	}{
		{"done", nil, true, false, exitDone, ""},
		{"a mistake before the command began", errors.New("unknown flag"), false, false, exitUsage, "unknown flag"},
		{"a mistake in a flag's value", usagef("--jobs: %d", -1), true, false, exitUsage, "--jobs: -1"},
		{"wrapped", fmt.Errorf("x: %w", usagef("y")), true, false, exitUsage, "x: y"},
		{"a failure", errors.New("disk full"), true, false, exitFailed, "disk full"},
		{"bad rows", badRowsError{2, 5}, true, false, exitFailed, "2 of 5 rows"},
		{"drops", dropsError{3, 4, 0.5}, true, false, exitDrops, "75.0 %"},
		{"interrupted", suspendedError{context.Canceled, "o.partial"}, true, true, exitInterrupted, "interrupted; what is done is in o.partial"},
		{"interrupted with nothing to keep", context.Canceled, true, true, exitInterrupted, "interrupted"},
		{"canceled by nobody", context.Canceled, true, false, exitFailed, "canceled"},
		{"a failure after an interrupt", errors.New("disk full"), true, true, exitFailed, "disk full"},
	} {
		a := &app{drain: context.Background(), started: row.started}
		if row.drained {
			a.drain = canceled
		}
		code, message := a.exit(row.err)
		if code != row.want || !strings.Contains(message, row.say) {
			t.Errorf("%s: exit(%v) = %d, %q, want %d, %q", row.name, row.err, code, message, row.want, row.say)
		}
	}
}

// rowsOf is an input of these rows.
func rowsOf(rows ...verifyRow) iter.Seq2[*record[verifyRow], error] {
	return func(yield func(*record[verifyRow], error) bool) {
		for _, r := range rows {
			if !yield(&record[verifyRow]{value: r}, nil) {
				return
			}
		}
	}
}

// sizes are the numbers of rows in the batches.
func sizes(t *testing.T, rows iter.Seq2[*record[verifyRow], error]) []int {
	t.Helper()
	var got []int
	for b, err := range batches(rows, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, len(b.job.Programs))
	}
	return got
}

func TestBatches(t *testing.T) {
	one := verifyRow{ID: "1", Program: "x", Tests: []string{"a"}}
	limited := verifyRow{ID: "2", Tests: []string{"a"}, Limits: &acecoder.Limits{TestMS: 1}}
	limitedToo := verifyRow{ID: "3", Tests: []string{"a"}, Limits: &acecoder.Limits{TestMS: 1}}
	big := verifyRow{ID: "4", Tests: []string{"a"}, Program: strings.Repeat("x", batchBytes)}
	for _, row := range []struct {
		name string
		rows []verifyRow
		want []int
	}{
		{"none", nil, nil},
		{"one question", []verifyRow{one, one, one}, []int{3}},
		{"other tests", []verifyRow{one, {Tests: []string{"b"}}, one}, []int{1, 1, 1}},
		{"other prelude", []verifyRow{one, {Tests: []string{"a"}, Prelude: "p"}}, []int{1, 1}},
		{"other setup", []verifyRow{one, {Tests: []string{"a"}, Setup: "p"}}, []int{1, 1}},
		{"other entry point", []verifyRow{one, {Tests: []string{"a"}, EntryPoint: "p"}}, []int{1, 1}},
		{"limits by value", []verifyRow{one, limited, limitedToo}, []int{1, 2}},
		{"no more rows than fit", slices.Repeat([]verifyRow{one}, batchRows+1), []int{batchRows, 1}},
		{"no more bytes than fit", []verifyRow{big, one, one, big}, []int{1, 2, 1}},
	} {
		if got := sizes(t, rowsOf(row.rows...)); !slices.Equal(got, row.want) {
			t.Errorf("%s: batches of %v rows, want %v", row.name, got, row.want)
		}
	}
}

func TestBatchesAreJudgedBeforeAnError(t *testing.T) {
	broken := errors.New("cut off")
	rows := func(yield func(*record[verifyRow], error) bool) {
		_ = yield(&record[verifyRow]{value: verifyRow{ID: "1"}}, nil) && yield(&record[verifyRow]{}, broken)
	}
	var got []string
	for b, err := range batches(rows, nil) {
		got = append(got, fmt.Sprint(len(b.job.Programs), err))
	}
	if want := []string{"1 <nil>", "0 cut off"}; !slices.Equal(got, want) {
		t.Errorf("batches = %q, want %q", got, want)
	}
}

// Who writes one row and waits for its verdict before the next must get it.
func TestLulls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		slow := func(context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for i := range 3 {
					if i == 2 {
						time.Sleep(lull + lull/2)
					}
					if !yield(i, nil) {
						return
					}
				}
			}
		}
		for i, err := range lulls(t.Context(), slow) {
			switch {
			case err != nil:
				t.Fatal(err)
			case i == nil:
				seen = append(seen, "lull")
			default:
				seen = append(seen, fmt.Sprint(*i))
			}
		}
		if want := []string{"0", "1", "lull", "2"}; !slices.Equal(seen, want) {
			t.Errorf("lulls = %q, want %q", seen, want)
		}
	})
}

func TestLullsEndsItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails where a goroutine is left
		endless := func(ctx context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for ctx.Err() == nil && yield(0, nil) {
				}
			}
		}
		for range lulls(t.Context(), endless) {
			break
		}
	})
}

func TestInputTellsTwentyBadRows(t *testing.T) {
	text := strings.Repeat("{\n", 25) + `{"id":"a","tests":[]}` + "\n" + `{"id":"a","tests":[]}` + "\n"
	var told strings.Builder
	in := problemInput(jsonl.Options{}.NewReader(strings.NewReader(text), "f.jsonl"), &told)
	good := 0
	for _, err := range in.all(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		good++
	}
	if got := strings.Count(told.String(), "f.jsonl:"); got != shownBadRows {
		t.Errorf("%d bad rows told, want %d", got, shownBadRows)
	}
	if good != 1 || in.bad != 26 || in.rows != 27 {
		t.Errorf("%d good rows, %d bad, %d in all, want 1, 26, 27", good, in.bad, in.rows)
	}
	if got, want := fmt.Sprint(in.err()), "26 of 27 rows could not be read; the others are done"; got != want {
		t.Errorf("err = %q, want %q", got, want)
	}
}

func TestIsLight(t *testing.T) {
	outcome := func(status acecoder.Status, ms ...float64) acecoder.Outcome {
		o := acecoder.Outcome{Status: status}
		for _, cpu := range ms {
			o.Tests = append(o.Tests, acecoder.Verdict{CPUMS: cpu})
		}
		return o
	}
	pass := func(o ...acecoder.Outcome) []acecoder.Outcome { return o }
	cheap, dear := outcome(acecoder.Pass, 0.1, 0.05), outcome(acecoder.Fail, 0.1, 0.1)
	for _, row := range []struct {
		name   string
		passes [][]acecoder.Outcome
		want   bool
	}{
		{"cheap", [][]acecoder.Outcome{pass(cheap), pass(cheap), pass(cheap)}, true},
		{"dear", [][]acecoder.Outcome{pass(dear), pass(dear), pass(dear)}, false},
		{"dear once", [][]acecoder.Outcome{pass(cheap), pass(dear), pass(cheap)}, true},
		{"one program is dear", [][]acecoder.Outcome{pass(cheap, dear), pass(cheap, dear), pass(cheap, dear)}, false},
		{"a program without syntax does not count", [][]acecoder.Outcome{
			pass(cheap, outcome(acecoder.Syntax, 9)), pass(cheap, outcome(acecoder.Syntax, 9)), pass(cheap, outcome(acecoder.Syntax, 9)),
		}, true},
		{"nothing to go by", [][]acecoder.Outcome{nil, nil, nil}, false},
	} {
		if got := isLight(row.passes); got != row.want {
			t.Errorf("%s: isLight = %t, want %t", row.name, got, row.want)
		}
	}
}

func TestCPUTimeSeesThisProcess(t *testing.T) {
	before := cpuTime()
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		runtime.KeepAlive(strings.Repeat("x", 1000))
	}
	if spent := cpuTime() - before; spent < 5*time.Millisecond || spent > 5*time.Second {
		t.Errorf("50 ms of work took %v of CPU time", spent)
	}
}

func TestTwiceReadsAStreamTwice(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.WriteString(w, `{"id":"a"}`+"\n")
		_ = w.Close()
	}()
	open, end, err := twice(fmt.Sprintf("/proc/self/fd/%d", r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	for pass := range 2 {
		reader, err := open()
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, err := range reader.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		if rows != 1 {
			t.Errorf("pass %d has %d rows, want 1", pass, rows)
		}
	}
}
