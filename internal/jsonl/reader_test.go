package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gz(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zst(t testing.TB, data string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(data), nil))
}

func newReader(t testing.TB, name, data string, o Options) *Reader {
	t.Helper()
	r := o.NewReader(strings.NewReader(data), name)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// drain returns what comes out, one line each: line:raw for a row, else the message of the error.
func drain(r *Reader) []string {
	var out []string
	for row, err := range r.All(context.Background()) {
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, fmt.Sprintf("%d:%s", row.Line, row.Raw))
	}
	return out
}

func equalLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) == len(want) {
		same := true
		for i := range got {
			same = same && (got[i] == want[i] || strings.HasSuffix(want[i], "…") && strings.HasPrefix(got[i], strings.TrimSuffix(want[i], "…")))
		}
		if same {
			return
		}
	}
	t.Errorf("%s:\ngot\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
}

// A want that ends in … stands for any text that begins so.
func TestReader(t *testing.T) {
	tests := []struct {
		name string
		file string
		data string
		want []string
	}{
		{"rows", "f.jsonl", "{\"a\":1}\n{\"a\":2}\n", []string{`1:{"a":1}`, `2:{"a":2}`}},
		{"last line without newline", "f.jsonl", "{\"a\":1}\n{\"a\":2}", []string{`1:{"a":1}`, `2:{"a":2}`}},
		{"nothing", "f.jsonl", "", nil},
		{"empty lines keep the count", "f.jsonl", "\n\n{\"a\":1}\n  \n\t\r\n{\"a\":2}\n\n", []string{`3:{"a":1}`, `6:{"a":2}`}},
		{"Windows lines and byte order mark", "f.jsonl", "\xEF\xBB\xBF{\"a\":1}\r\n{\"a\":2}\r\n", []string{`1:{"a":1}`, `2:{"a":2}`}},
		{"a bad row between good ones", "f.jsonl", "{\"a\":1}\n{\"a\":\n{\"a\":3}\n", []string{
			`1:{"a":1}`, "f.jsonl:2: a: broken JSON: the row ends at byte 6, want a value", `3:{"a":3}`,
		}},
		{"no object", "f.jsonl", "[1]\n\"x\"\n7\nnull\nxyz\n{}\n", []string{
			"f.jsonl:1: the row is an array; want an object, {…}", "f.jsonl:2: the row is a string; want an object, {…}",
			"f.jsonl:3: the row is a number; want an object, {…}", "f.jsonl:4: the row is null; want an object, {…}",
			"f.jsonl:5: broken JSON: byte 1 is 'x', want an object, {…}", "6:{}",
		}},
		{"two objects in a line", "f.jsonl", "{}{}\n", []string{
			"f.jsonl:1: broken JSON: byte 3 is '{', want nothing more after the object (one row, one object)",
		}},
		{"gzip by content", "f.jsonl", gz(t, "{\"a\":1}\n"), []string{`1:{"a":1}`}},
		{"two gzip members", "f.gz", gz(t, "{\"a\":1}\n") + gz(t, "{\"a\":2}\n"), []string{`1:{"a":1}`, `2:{"a":2}`}},
		{"zstd by content", "-", zst(t, "{\"a\":1}\n"), []string{`1:{"a":1}`}},
		{"two zstd frames", "f.zst", zst(t, "{\"a\":1}\n") + zst(t, "{\"a\":2}\n"), []string{`1:{"a":1}`, `2:{"a":2}`}},
		{"plain in spite of its name", "f.jsonl.gz", "{\"a\":1}\n", []string{`1:{"a":1}`}},
		{"NUL is JSON when escaped", "f.jsonl", `{"a":"\u0000"}`, []string{`1:{"a":"\u0000"}`}},
		{"NUL is not when raw", "f.jsonl", "{\"a\":\"\x00\"}", []string{
			`f.jsonl:1: a: broken JSON: a raw control character 0x00 in a string at byte 7; write it as \u0000`,
		}},
		{"array of objects", "f.json", "[\n {\"a\": 1},\n {\"a\":\n 2}\n]\n", []string{`2:{"a": 1}`, "3:{\"a\":\n 2}"}},
		{"empty array", "f.json", " [ ] ", nil},
		{"array of one line names the element", "f.json", `[{"a":1},{"a":"\ud800"},{"a":3}]`, []string{
			`1:{"a":1}`, "f.json:1: [1].a: lone surrogate…", `1:{"a":3}`,
		}},
		{"array with bad elements", "x", "[{\"a\":\"],[\\\"\"}\n,7,{]},,{\"b\":2}]", []string{
			`1:{"a":"],[\""}`, "x:2: [1]: the row is a number; want an object, {…}",
			"x:2: [2]: broken JSON: byte 2 is ']', want a key in quotes",
			"x:2: [3]: broken JSON: nothing between two commas of the array, want an object", `2:{"b":2}`,
		}},
		{"array cut off", "f.json", "[{\"a\":1},\n{\"a\"", []string{`1:{"a":1}`, "f.json:2: the file ends inside its array…"}},
		{"something after the array", "f.json", "[{}]\nx", []string{"1:{}", "f.json:2: 'x' after the end of the array…"}},
		{"array with byte order mark", "f.json", "\xEF\xBB\xBF[{}]", []string{"1:{}"}},
		{"an array in JSON Lines is a bad row", "f.jsonl", "[{}]\n{}\n", []string{
			"f.jsonl:1: the row is an array; want an object, {…}", "2:{}",
		}},
		{"rows in a .json file", "f.json", "{\"a\":1}\n{\"a\":2}\n", []string{`1:{"a":1}`, `2:{"a":2}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			equalLines(t, test.file, drain(newReader(t, test.file, test.data, Options{})), test.want)
		})
	}
}

func TestEntries(t *testing.T) {
	cut := gz(t, "{\"a\":1}\n[]\n{\"a\":3}\n")
	var got []string
	for e, err := range newReader(t, "f.jsonl", cut[:len(cut)-4], Options{}).Entries(t.Context()) {
		got = append(got, fmt.Sprintf("%d %s %v %v", e.Row.Line, e.Row.Raw, e.Bad != nil, err != nil))
	}
	equalLines(t, "entries", got, []string{`1 {"a":1} false false`, "2  true false", `3 {"a":3} false false`, "0  false true"})
}

func TestReaderTruncated(t *testing.T) {
	var plain strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&plain, "{\"id\":\"row-%d\",\"x\":%d}\n", i, i*i*7919)
	}
	for _, pack := range []func(testing.TB, string) string{gz, zst} {
		whole := pack(t, plain.String())
		r := newReader(t, "f.jsonl.z", whole[:len(whole)*2/3], Options{})
		rows := 0
		var last error
		for row, err := range r.All(t.Context()) {
			if last = err; err == nil {
				if rows++; row.Line != rows {
					t.Fatalf("line: got %d, want %d", row.Line, rows)
				}
			}
		}
		stream, ok := errors.AsType[*StreamError](last)
		if !ok || stream.Line != rows+1 || !errors.Is(last, io.ErrUnexpectedEOF) || rows == 0 {
			t.Errorf("after %d rows: got error %v, want one of line %d", rows, last, rows+1)
		}
	}
}

func TestReaderLongRows(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 3<<20) + `"}`
	fits := `{"a":"` + strings.Repeat("y", 1<<20-8) + `"}`
	const message = "the row is longer than 1 MiB, skipped; split it or raise the limit"
	o := Options{MaxRow: 1 << 20}
	tests := []struct{ name, data, want string }{
		{"f.jsonl", "{}\n" + long + "\n" + fits + "\n" + long, "1:{}|f.jsonl:2: " + message + "|3:" + fits + "|f.jsonl:4: " + message},
		{"f.json", "[{},\n" + long + ",\n" + fits + ",\n" + long + "]", "1:{}|f.json:2: [1]: " + message + "|3:" + fits + "|f.json:4: [3]: " + message},
	}
	for _, test := range tests {
		got := strings.Join(drain(newReader(t, test.name, test.data, o)), "|")
		if got != test.want {
			t.Errorf("%s: got %.300s", test.name, got)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct{ name, path, want string }{
		{"not there", filepath.Join(dir, "absent"), "no such file"},
		{"a folder", dir, "it is a folder"},
		{"empty and compressed", write("a.jsonl.gz", ""), "the file is empty"},
		{"xz", write("b.xz", "\xfd7zXZ\x00..."), "it is xz, which is not read"},
		{"UTF-16", write("c.jsonl", "\xff\xfe{\x00"), "it is UTF-16 text"},
		{"damaged Parquet", write("d.parquet", "PAR1 and nothing of the kind, at any length, PAR1"), "parquet"},
		{"damaged gzip", write("e.gz", "\x1f\x8b\x00"), "EOF"},
	}
	for _, test := range tests {
		r, err := Open(test.path)
		if err == nil {
			_ = r.Close()
			t.Errorf("%s: no error", test.name)
		} else if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: got %q, want %q and the path in it", test.name, err, test.want)
		}
	}
}

// TestReaderStopsWithContext: a pipe on which nothing comes does not hold up the end.
func TestReaderStopsWithContext(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if _, err := write.WriteString("{}\n" + strings.Repeat(" ", 10)); err != nil {
		t.Fatal(err)
	}
	r, err := Options{}.open(read, "pipe", read.Close)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	rows := 0
	for _, err = range r.All(ctx) {
		if err == nil {
			rows++
		}
	}
	if rows != 1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %d rows, error %v; want 1, deadline exceeded", rows, err)
	}
}

func TestReaderGoesOnAfterBreak(t *testing.T) {
	r := newReader(t, "f", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", Options{})
	for range r.All(t.Context()) {
		break
	}
	equalLines(t, "rest", drain(r), []string{`2:{"a":2}`, `3:{"a":3}`})
}

// TestReaderMemoryIsFlat reads more through a pipe than may be alive at any time.
func TestReaderMemoryIsFlat(t *testing.T) {
	const rows = 200_000
	row := `{"id":"x","program":"` + strings.Repeat("print(1)\\n", 100) + `"}` + "\n" // about 1 KB
	read, write := io.Pipe()
	go func() {
		var err error
		for i := 0; i < rows && err == nil; i++ {
			_, err = io.WriteString(write, row)
		}
		write.CloseWithError(err)
	}()
	r := Options{}.NewReader(read, "pipe")
	n, most := 0, uint64(0)
	for _, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%20_000 == 0 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}
	}
	if n != rows || most > 16<<20 {
		t.Errorf("got %d rows with %d MiB alive, want %d with at most 16", n, most>>20, rows)
	}
}

// TestReadRealFiles reads every public file that is at hand.
func TestReadRealFiles(t *testing.T) {
	tests := []struct {
		path string
		rows int
	}{
		{"humaneval/HumanEval.jsonl.gz", 164},
		{"humanevalplus/HumanEvalPlus.jsonl.gz", 164},
		{"mbpp/mbpp.jsonl", 974},
		{"mbpp/sanitized-mbpp.json", 427},
		{"bigcodebench/BigCodeBench.jsonl.gz", 1140},
		{"verdicts/check_style.jsonl", 4402},
		{"codet/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl", 164},
		{"workload/workload.jsonl", 1200},
		{"seeds/evol-teacher/evol-codealpaca-2k-1.json", 1966},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", "data", test.path)
			if _, err := os.Stat(path); err != nil {
				t.Skipf("the data is not at hand: %v", err)
			}
			r, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			rows := 0
			for row, err := range r.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if rows++; !json.Valid(row.Raw) {
					t.Fatalf("line %d is no JSON", row.Line)
				}
			}
			if rows != test.rows {
				t.Errorf("rows: got %d, want %d", rows, test.rows)
			}
		})
	}
}

// FuzzReader: nothing panics, and every sound line of a file of lines comes out, whatever is around it.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"{\"a\":1}\n{\"a\":\"\\ud83d\\ude00\"}\n", "[{\"a\":1},{}]", "{\"a\":1,\"a\":2}\n{}", "\x1f\x8b\x08", "PAR1",
		"\x28\xb5\x2f\xfd", "{\"a\":\"\\ud800\"}\n{\"b\":[1,2.5e3,-0,null,true]}\n", "[[[[", "{\"\\u0061\":1,\"a\":2}", "\xff",
		"{\"a\" : {\"b\":[ {} , [ ] ]} }\r\n", gz(f, "{\"a\":1}\n"), zst(f, "{\"a\":1}\n"),
	} {
		f.Add("f.jsonl", seed)
		f.Add("f.json", seed)
	}
	f.Fuzz(func(t *testing.T, name, data string) {
		r := Options{MaxRow: 1 << 16}.NewReader(strings.NewReader(data), name)
		defer r.Close()
		var got []string
		for row, err := range r.All(t.Context()) {
			if err != nil {
				continue
			}
			got = append(got, string(row.Raw))
			if !json.Valid(row.Raw) || !utf8.Valid(row.Raw) {
				t.Fatalf("a row that is not sound: %q", row.Raw)
			}
			walkAll(row.Raw)
		}
		if _, plain := r.rows.(*lines); !plain || len(r.closers) > 0 || strings.HasPrefix(data, "\x1f\x8b") {
			return
		}
		var want []string
		for i, line := range strings.Split(data, "\n") {
			if i == 0 {
				line = strings.TrimPrefix(line, "\xEF\xBB\xBF")
			}
			if line = string(trim([]byte(line))); len(line) > 0 && isSound(line) {
				want = append(want, line)
			}
		}
		equalLines(t, "sound lines", got, want)
	})
}

// isSound is the plain way to say what check says, but for duplicate keys.
func isSound(line string) bool {
	return len(line) <= 1<<16 && json.Valid([]byte(line)) && line[0] == '{' && check([]byte(line)) == nil
}

// walkAll looks at every value of a row.
func walkAll(raw []byte) {
	switch kindOf(raw[0]) {
	case object:
		for _, v := range members(raw) {
			walkAll(v)
		}
	case array:
		for v := range elements(raw) {
			walkAll(v)
		}
	}
}

func benchmarkRows(rows int) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "{\"id\":\"row-%d\",\"program\":%q,\"tests\":[%s],\"pass_rate\":0.5}\n", i,
			strings.Repeat("def f(x):\n    return x + 1  # \"quoted\"\n", 15), strings.TrimSuffix(strings.Repeat(`"assert f(1) == 2",`, 16), ","))
	}
	return b.String()
}

func BenchmarkReader(b *testing.B) {
	plain := benchmarkRows(1000)
	for name, data := range map[string]string{"plain": plain, "gzip": gz(b, plain), "zstd": zst(b, plain)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range newReader(b, "f.jsonl", data, Options{}).All(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
