package export_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/export"
)

// content is all of a folder.
func content(t *testing.T, root string) string {
	t.Helper()
	var b bytes.Buffer
	for _, name := range list(t, root) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d\n%s\n", name, len(text), text)
	}
	return b.String()
}

func TestSameRecordsGiveTheSameBytes(t *testing.T) {
	for _, f := range export.Formats() {
		o := export.Options{Format: f, HeldOut: 0.5}
		one, _ := write(t, o)
		two, _ := write(t, o)
		if content(t, one) != content(t, two) {
			t.Errorf("%s: two exports of the same records differ", f)
		}
	}
}

func TestFolders(t *testing.T) {
	o := export.Options{Format: export.Pairs, Name: "x"}
	earlier := func(t *testing.T, path string) {
		t.Helper()
		writeTo(t, path, export.Options{Format: export.Verl})
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    string // part of the error; empty: it is replaced
	}{
		{"nothing there", func(*testing.T, string) {}, ""},
		{"no folder above either", func(t *testing.T, path string) { t.Helper(); must(t, os.Remove(filepath.Dir(path))) }, ""},
		{"an empty folder", func(t *testing.T, path string) { t.Helper(); must(t, os.Mkdir(path, 0o777)) }, ""},
		{"an earlier export", earlier, ""},
		{"what a killed run has left", func(t *testing.T, path string) {
			t.Helper()
			left := filepath.Join(filepath.Dir(path), ".set.partial", "data")
			must(t, os.MkdirAll(left, 0o777))
			must(t, os.WriteFile(filepath.Join(left, "old"), []byte("x"), 0o666))
		}, ""},
		{"another folder", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Mkdir(path, 0o777))
			must(t, os.WriteFile(filepath.Join(path, "thesis.tex"), []byte("x"), 0o666))
		}, "holds other files and is not replaced"},
		{"another program's manifest", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Mkdir(path, 0o777))
			must(t, os.WriteFile(filepath.Join(path, "manifest.json"), []byte(`{"tool":"other"}`), 0o666))
		}, "holds other files"},
		{"a file", func(t *testing.T, path string) { t.Helper(); must(t, os.WriteFile(path, nil, 0o666)) }, "is no folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "set")
			must(t, os.MkdirAll(filepath.Dir(path), 0o777))
			tt.prepare(t, path)
			before := list(t, filepath.Dir(filepath.Dir(path)))
			s, err := export.Create(path, o)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Create: %v, want an error with %q", err, tt.want)
				}
				if after := list(t, filepath.Dir(filepath.Dir(path))); !slices.Equal(before, after) {
					t.Errorf("Create changed %v to %v", before, after)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			put(t, s, o.Format)
			if _, err := s.Close(); err != nil {
				t.Fatal(err)
			}
			got := list(t, filepath.Dir(path))
			want := []string{"set/.gitattributes", "set/README.md", "set/data/train-00000-of-00001.parquet", "set/manifest.json", "set/provenance.jsonl.gz"}
			if !slices.Equal(got, want) {
				t.Errorf("there is %v, want %v", got, want)
			}
		})
	}
}

// An export that does not come to its end leaves what was there.
func TestAnExportThatIsGivenUp(t *testing.T) {
	path, _ := write(t, export.Options{Format: export.AceCode})
	before := content(t, filepath.Dir(path))
	for _, f := range export.Formats() {
		s, err := export.Create(path, export.Options{Format: f, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, f)
		if err := s.Abort(); err != nil {
			t.Error(err)
		}
		if _, err := s.Close(); err != nil {
			t.Errorf("Close after Abort: %v, want nothing done", err)
		}
	}
	if got := content(t, filepath.Dir(path)); got != before {
		t.Errorf("after exports that were given up there is %v, want %v alone", list(t, filepath.Dir(path)), list(t, path))
	}
}

func TestTwoRunsAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set")
	o := export.Options{Format: export.Pairs, Name: "x"}
	s, err := export.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer giveUp(s)
	if _, err := export.Create(path, o); err == nil || !strings.Contains(err.Error(), "being written by another run") {
		t.Errorf("a second Create: %v, want an error", err)
	}
	put(t, s, o.Format)
	if _, err := s.Close(); err != nil {
		t.Errorf("the first run's Close: %v", err)
	}
}

func TestHeldOut(t *testing.T) {
	// Values of the rule, so that it does not change by accident.
	for id, want := range map[string]bool{"0": false, "1": false, "7": false, "25": true, "evol_27": true, "oss_101": true, "oss_123": false} {
		if got := export.HeldOut(id, 0.1); got != want {
			t.Errorf("HeldOut(%q, 0.1) = %v, want %v", id, got, want)
		}
	}
	const n = 20000
	counts := map[float64]int{}
	for i := range n {
		id := fmt.Sprintf("problem-%d", i)
		small, large := export.HeldOut(id, 0.05), export.HeldOut(id, 0.3)
		if small {
			counts[0.05]++
		}
		if large {
			counts[0.3]++
		}
		if small && !large {
			t.Errorf("%s is held out at 0.05 and not at 0.3", id)
		}
		if export.HeldOut(id, 0) {
			t.Errorf("%s is held out at 0", id)
		}
	}
	for share, got := range counts {
		if want := share * n; float64(got) < want*0.9 || float64(got) > want*1.1 {
			t.Errorf("at %v %d of %d are held out", share, got, n)
		}
	}
}

// The two splits have all rows between them, and no problem in both, in any format.
func TestSplitsByProblem(t *testing.T) {
	held := func(id string) bool { return export.HeldOut(id, 0.5) }
	if held("double") == held("quadruple") {
		t.Fatal("the two problems fall on one side: choose other ids")
	}
	for _, f := range export.Formats() {
		path, summary := write(t, export.Options{Format: f, HeldOut: 0.5})
		if len(summary.Splits) != 2 || summary.Splits[0].Name != "train" || summary.Splits[1].Name != "test" {
			t.Errorf("%s: splits %+v, want train and test", f, summary.Splits)
			continue
		}
		want := len(pairs())
		if !f.OfPairs() {
			want = len(problems())
		}
		if got := summary.Splits[0].Rows + summary.Splits[1].Rows; got != want {
			t.Errorf("%s: %d rows, want %d", f, got, want)
		}
		for _, name := range list(t, path) {
			if !strings.HasSuffix(name, ".parquet") && !strings.HasSuffix(name, ".jsonl") {
				continue
			}
			test := strings.Contains(name, "test")
			for _, row := range rows(t, filepath.Join(path, name)) {
				for _, id := range []string{"double", "quadruple"} {
					if strings.Contains(row, "def "+id+"(") || strings.Contains(row, "Write "+id+"(") {
						if held(id) != test {
							t.Errorf("%s: %s has a row of %s", f, name, id)
						}
					}
				}
			}
		}
		card, err := os.ReadFile(filepath.Join(path, "README.md"))
		if err != nil || !strings.Contains(string(card), "share of 0.5 of the problems") || !strings.Contains(string(card), "| train | test | all |") {
			t.Errorf("%s: the card does not tell of the split: %v", f, err)
		}
	}
}

func TestNoRows(t *testing.T) {
	for _, f := range export.Formats() {
		path := filepath.Join(t.TempDir(), "set")
		s, err := export.Create(path, export.Options{Format: f, Name: "x", HeldOut: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		summary, err := s.Close()
		if err != nil || len(summary.Splits) != 1 || summary.Splits[0].Files != 1 || summary.Splits[0].Rows != 0 {
			t.Errorf("%s: Close = %+v, %v, want an empty train", f, summary, err)
		}
	}
}

// random is a text that does not compress, the same one for the same numbers.
func random(seed, length int) string {
	b := make([]byte, length)
	state := uint64(seed)*2862933555777941757 + 3037000493
	for i := range b {
		state = state*6364136223846793005 + 1442695040888963407
		b[i] = " !#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcd"[state>>58]
	}
	return string(b)
}

func TestShards(t *testing.T) {
	for _, limit := range []int64{320_000, 500_000, 3_000_000} {
		path := filepath.Join(t.TempDir(), "set")
		s, err := export.Create(path, export.Options{Format: export.AceCode, Name: "x"}.WithShard(limit))
		if err != nil {
			t.Fatal(err)
		}
		const n = 1200
		for i := range n {
			p := acecoder.Problem{ID: fmt.Sprint(i), Question: random(i, 900), Tests: []string{"t"}}
			if _, err := s.Problem(p); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var files []string
		var size int64
		for _, name := range list(t, path) {
			if strings.HasSuffix(name, ".parquet") {
				files = append(files, name)
				info, err := os.Stat(filepath.Join(path, name))
				if err != nil || info.Size() > limit {
					t.Errorf("limit %d: %s has %d bytes, %v", limit, name, info.Size(), err)
				}
				size += info.Size()
			}
		}
		if want := int(size/(limit-export.FooterBytes))*5/4 + 1; len(files) > want {
			t.Errorf("limit %d: %d bytes in %d files, want at most %d", limit, size, len(files), want)
		}
		// On the hub the files of an earlier export may stand beside these: the card must not mean them.
		card, err := os.ReadFile(filepath.Join(path, "README.md"))
		if want := fmt.Sprintf("path: data/train-*-of-%05d.parquet\n", len(files)); err != nil || !strings.Contains(string(card), want) {
			t.Errorf("limit %d: the card has no %q, %v", limit, want, err)
		}
		seen := 0
		for i, name := range files {
			if want := fmt.Sprintf("data/train-%05d-of-%05d.parquet", i, len(files)); name != want {
				t.Errorf("limit %d: file %s, want %s", limit, name, want)
			}
			for _, row := range rows(t, filepath.Join(path, name)) {
				if !strings.HasPrefix(row, fmt.Sprintf(`{"id":"%d",`, seen)) {
					t.Errorf("limit %d: row %d is %.30s", limit, seen, row)
				}
				seen++
			}
		}
		if seen != n {
			t.Errorf("limit %d: %d rows, want %d", limit, seen, n)
		}
	}
}

func TestSizeOf(t *testing.T) {
	type inner struct{ N *int64 }
	type row struct {
		Text *string
		List []*string
		In   []*inner
		F    *float64
	}
	tests := []struct {
		name string
		row  row
		want int
	}{
		{"nothing", row{}, 8},
		{"an empty text", row{Text: new("")}, 12},
		{"a text", row{Text: new("abc")}, 15},
		{"a list", row{List: []*string{new("a"), nil, new("bc")}}, 19},
		{"numbers", row{In: []*inner{{new(int64(1))}, {}}, F: new(0.5)}, 24},
	}
	for _, tt := range tests {
		if got := export.SizeOf(tt.row); got != tt.want {
			t.Errorf("%s: sizeOf(%+v) = %d, want %d", tt.name, tt.row, got, tt.want)
		}
	}
}

// Memory does not grow with the number of rows: what is held is one row group.
func TestManyRows(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	path := filepath.Join(t.TempDir(), "set")
	s, err := export.Create(path, export.Options{Format: export.TRLRM, Name: "x", HeldOut: 0.005})
	if err != nil {
		t.Fatal(err)
	}
	defer giveUp(s)
	text := random(1, 4000)
	var most uint64
	for i := range n {
		p := acecoder.Pair{
			ID: fmt.Sprint(i), ProblemID: fmt.Sprint(i / 3), Question: text[i%1000 : i%1000+500], Tests: []string{"t"},
			Chosen: text[i%997 : i%997+400], Rejected: text[i%991:i%991+400] + "x", ChosenScore: 1, RejectedScore: 0.5, Margin: 0.5,
		}
		if err := s.Pair(p, export.Origin{License: "MIT"}); err != nil {
			t.Fatal(err)
		}
		if i%5000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	summary, err := s.Close()
	if err != nil || summary.Splits[0].Rows+summary.Splits[1].Rows != n {
		t.Fatalf("Close = %+v, %v, want %d rows", summary, err, n)
	}
	if summary.Splits[0].Bytes < 100_000_000*int64(n)/100_000 {
		t.Errorf("the rows have %d bytes: too few to show anything", summary.Splits[0].Bytes)
	}
	if limit := uint64(8 * export.GroupBytes); most > limit {
		t.Errorf("%d bytes were in use, want at most %d", most, limit)
	}
	t.Logf("%d rows, %d bytes, %d in files, %d bytes of memory", n, summary.Splits[0].Bytes, summary.Bytes, most)
}
