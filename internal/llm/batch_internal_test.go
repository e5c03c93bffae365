package llm

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// TestBatchIsSplit: no batch has more lines or bytes than it may, and together they have all.
func TestBatchIsSplit(t *testing.T) {
	const n = 25
	wants := func(yield func(Want, error) bool) {
		for i := range n {
			r := Request{Model: "stub", Messages: []Message{{User, fmt.Sprint("question ", i)}}}
			if !yield(Want{Request: r, N: 1}, nil) {
				return
			}
		}
	}
	for name, tt := range map[string]struct {
		lines int
		bytes int64
		want  int
	}{"by lines": {10, 1 << 20, 3}, "by bytes": {1000, 1000, 5}, "to the last line": {5, 1 << 20, 5}, "not at all": {25, 1 << 20, 1}} {
		t.Run(name, func(t *testing.T) {
			cache, err := OpenCache(t.Context(), filepath.Join(t.TempDir(), "answers.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cache.Close() }()
			server := llmtest.New(llmtest.Config{})
			c := client(t, Config{BaseURL: "http://stub.example/v1", Transport: server.Transport(), Cache: cache})
			index, err := c.index(wants)
			if err != nil {
				t.Fatal(err)
			}
			saved := map[string]Part{}
			b := c.newBatcher(wants, index, Journal{
				Load: func(context.Context) ([]Part, error) { return nil, nil },
				Save: func(_ context.Context, p Part) error { saved[p.ID] = p; return nil },
			})
			b.mostLines, b.mostBytes = tt.lines, tt.bytes
			if err := b.run(t.Context()); err != nil || b.report.Samples != n || b.report.Left != 0 {
				t.Fatalf("run: %v, %+v, want %d samples", err, b.report, n)
			}
			if got := len(server.Batches()); got != tt.want {
				t.Errorf("%d batches, want %d", got, tt.want)
			}
			all := map[member]bool{}
			for _, p := range saved {
				for m := range members(p.Members) {
					all[m] = true
				}
			}
			if len(all) != n {
				t.Errorf("the parts have %d members, want %d", len(all), n)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	id := lineID{SampleKey{Key{1, 2, 3, 4, 5, 6, 7, 8, 9}, 5}, 3, false}
	var got []member
	for m := range members(appendMembers(nil, id)) {
		got = append(got, m)
	}
	want := []member{}
	for i := range 3 {
		want = append(want, memberOf(SampleKey{id.Key, 5 + i}))
	}
	if !slices.Equal(got, want) {
		t.Errorf("members = %v, want %v", got, want)
	}
	for range members([]byte("not sixteen")) {
		t.Error("a member of half a record")
	}
}

func TestLineID(t *testing.T) {
	for _, asked := range []bool{true, false} {
		id := lineID{SampleKey{Key{0xab}, 12}, 3, asked}
		if got, ok := parseLineID(id.String()); !ok || got != id {
			t.Errorf("parseLineID(%s) = %v, %v", id, got, ok)
		}
	}
	key := strings.Repeat("ab", 32)
	for _, s := range []string{"", "-", key, key + "-", key + "-1", key + "-1x", key + "-1x0", key + "-1x1pp", key + "-1xp", key + "--1x1", key + "-+1x1", key + "-01x1", key[2:] + "-1x1", key + "-1x1 ", strings.ToUpper(key) + "-1x1", key + "-99999999999999999999x1"} {
		if got, ok := parseLineID(s); ok {
			t.Errorf("parseLineID(%q) = %v, want none", s, got)
		}
	}
}

func FuzzLineID(f *testing.F) {
	f.Add(strings.Repeat("ab", 32) + "-1x2")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := parseLineID(s); ok && id.String() != s {
			t.Errorf("parseLineID(%q) = %v", s, id)
		}
	})
}

// FuzzReadAnswers: no file of answers does harm.
func FuzzReadAnswers(f *testing.F) {
	r := Request{Model: "stub", Messages: []Message{{User, "q"}}}
	key, err := KeyOf(r, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fmt.Sprintf(`{"custom_id": "%v-0x1", "response": {"status_code": 200, "body": {"choices": [{"message": {"content": "a"}}]}}}`, key))
	f.Add(fmt.Sprintf(`{"custom_id": "%v-0x2", "response": {"status_code": 400, "body": {"error": "n"}}, "error": {"code": 5}}`, key))
	f.Add("{}\n\nnull\n[]")
	c, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reader := c.newReader(map[Key]known{key: {}})
		for line := range strings.Lines(text) {
			reader.line([]byte(line))
		}
		for _, e := range reader.entries {
			if e.Key != key {
				t.Errorf("an answer to %v, which nobody asked", e.Key)
			}
		}
	})
}
