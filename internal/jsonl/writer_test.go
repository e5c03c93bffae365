package jsonl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

type record struct {
	ID   string `json:"id"`
	Text string `json:"text,omitempty"`
	N    int    `json:"n"`
}

func records(n int) []record {
	var out []record
	for i := range n {
		out = append(out, record{ID: fmt.Sprint("row ", i), Text: "if a < b && c > d:\n\tpass \u2028 é", N: i * i})
	}
	return out
}

func create0(t testing.TB, path string) *Writer {
	t.Helper()
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Suspend() })
	return w
}

func writeAll(t testing.TB, w *Writer, rows []record) {
	t.Helper()
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
}

func writeFile(t testing.TB, path string, rows []record) {
	t.Helper()
	w := create0(t, path)
	writeAll(t, w, rows)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func readFile(t testing.TB, path string) []record {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []record
	for row, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode[record](row, "id")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, got)
	}
	return out
}

// names lists the files of a folder.
func names(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWriterRoundTrip(t *testing.T) {
	for _, name := range []string{"out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out.parquet", "plain"} {
		for _, n := range []int{0, 1, 1000} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, name)
				writeFile(t, path, records(n))
				if got := fmt.Sprint(readFile(t, path)); got != fmt.Sprint(records(n)) {
					t.Errorf("got %.200s", got)
				}
				if got := names(t, dir); got != name {
					t.Errorf("files: got %s, want %s alone", got, name)
				}
				first := content(t, path)
				writeFile(t, path, records(n))
				if !bytes.Equal(first, content(t, path)) {
					t.Error("the same rows gave other bytes")
				}
			})
		}
	}
}

func TestWriterBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	w := create0(t, path)
	for _, v := range []any{map[string]any{"b": "<&>", "a": 1}, Row{Raw: []byte(`{}`)}.Raw} {
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []any{7, nil, []int{}, "x", make(chan int)} {
		if err := w.Write(v); err == nil || !strings.Contains(err.Error(), "row 3") {
			t.Errorf("%T: got %v, want an error", v, err)
		}
	}
	if w.Rows() != 2 {
		t.Errorf("rows: got %d, want 2", w.Rows())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := string(content(t, path)), "{\"a\":1,\"b\":\"<&>\"}\n{}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := w.Write(record{}); err == nil {
		t.Error("write after the end: no error")
	}
}

func TestWriterEndings(t *testing.T) {
	tests := []struct {
		name string
		end  func(*Writer) error
		want string
	}{
		{"closed", (*Writer).Close, "f.jsonl.gz"},
		{"suspended", (*Writer).Suspend, "f.jsonl.gz.partial"},
		{"aborted", (*Writer).Abort, ""},
	}
	for _, test := range tests {
		dir := t.TempDir()
		w := create0(t, filepath.Join(dir, "f.jsonl.gz"))
		writeAll(t, w, records(3))
		if got := names(t, dir); got != "f.jsonl.gz.partial" {
			t.Errorf("%s: before: got %q", test.name, got)
		}
		if err := test.end(w); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if err := errors.Join(w.Abort(), w.Suspend(), w.Close()); err != nil {
			t.Errorf("%s: a second ending: %v", test.name, err)
		}
		if got := names(t, dir); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestWriterKeepsTheOldFile: until Close, what was there before is there.
func TestWriterKeepsTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	writeFile(t, path, records(1))
	w := create0(t, path)
	writeAll(t, w, records(5))
	if got := len(readFile(t, path)); got != 1 {
		t.Errorf("before close: got %d rows, want the old one", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(readFile(t, path)); got != 5 {
		t.Errorf("after close: got %d rows, want 5", got)
	}
}

func TestWriterFlushesByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	synctest.Test(t, func(t *testing.T) {
		w, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			writeAll(t, w, records(1))
			time.Sleep(flushFile + time.Millisecond)
			synctest.Wait()
			if got := bytes.Count(content(t, path+PartialSuffix), []byte("\n")); got != i+1 {
				t.Errorf("after a while: got %d rows in the file, want %d", got, i+1)
			}
		}
		if err := w.Abort(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWriterLocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	first := create0(t, path)
	if w, err := Create(path); err == nil || !strings.Contains(err.Error(), "is being written by another run") {
		t.Errorf("second writer: got %v, %v; want an error", w, err)
	}
	if _, _, err := Resume(path, Key("id")); err == nil {
		t.Error("resume of a running output: no error")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	create0(t, path)
}

func TestWriterToWhatIsNoFile(t *testing.T) {
	w := create0(t, os.DevNull)
	writeAll(t, w, records(3))
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("the null device is gone: %v, %v", info, err)
	}
	for _, name := range []string{"pipe", "pipe.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Skipf("no named pipes here: %v", err)
		}
		got := make(chan []byte)
		go func() {
			data, _ := os.ReadFile(path)
			got <- data
		}()
		w := create0(t, path)
		writeAll(t, w, records(3))
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		r := newReader(t, name, string(<-got), Options{})
		if rows := drain(r); len(rows) != 3 {
			t.Errorf("%s: got %q, want 3 rows", name, rows)
		}
	}
	if _, err := Create(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: got %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "absent", "f")); err == nil {
		t.Error("in a folder that is not there: no error")
	}
}

// TestPipeOfRows: who sends the next row when the last has been answered gets an answer to each.
func TestPipeOfRows(t *testing.T) {
	askRead, ask := io.Pipe()
	answer, answerWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		w := newWriter("", "pipe", answerWrite, nil)
		for row, err := range (Options{}.NewReader(askRead, "pipe")).All(t.Context()) {
			if err == nil {
				err = w.Write(row.Raw)
			}
			if err != nil {
				t.Error(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := Options{}.open(answer, "answers", answer.Close)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.WriteString(ask, "{\"n\":0}\n"); err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range r.All(t.Context()) {
		if want := fmt.Sprintf(`{"n":%d}`, n); err != nil || string(row.Raw) != want {
			t.Fatalf("got %s, %v; want %s", row.Raw, err, want)
		}
		if n++; n == 3 {
			_ = ask.Close()
			continue
		}
		if _, err := fmt.Fprintf(ask, "{\"n\":%d}\n", n); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3 {
		t.Errorf("answers: got %d, want 3", n)
	}
}

// TestWriterDiskFull: the error is told, and what was written stays.
func TestWriterDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	w := create0(t, "/dev/full")
	writeAll(t, w, records(1))
	if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want no space left", err)
	}
}

func BenchmarkWriter(b *testing.B) {
	rows := records(1)
	w := create0(b, filepath.Join(b.TempDir(), "f.jsonl"))
	b.ReportAllocs()
	for b.Loop() {
		writeAll(b, w, rows)
	}
	b.SetBytes(int64(w.row.Len()))
}
