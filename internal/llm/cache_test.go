package llm_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
)

func openCache(t *testing.T, path string) *llm.Cache {
	t.Helper()
	c, err := llm.OpenCache(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// newCache is a cache in a folder of its own.
func newCache(t *testing.T) *llm.Cache {
	t.Helper()
	return openCache(t, filepath.Join(t.TempDir(), "answers.db"))
}

func keyOf(t *testing.T, r llm.Request) llm.Key {
	t.Helper()
	key, err := llm.KeyOf(r, "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ask(question string) llm.Request {
	return llm.Request{Model: "stub", Messages: []llm.Message{{Role: llm.User, Content: question}}, Temperature: 0.7, TopP: 1}
}

func put(t *testing.T, c *llm.Cache, key llm.Key, sample int, a llm.Answer) llm.Answer {
	t.Helper()
	stored, err := c.Put(t.Context(), llm.Entry{SampleKey: llm.SampleKey{Key: key, Sample: sample}, Answer: a})
	if err != nil {
		t.Fatal(err)
	}
	return stored[0]
}

func TestCacheKeepsAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%20.db")
	c := openCache(t, path)
	key, other := keyOf(t, ask("q")), keyOf(t, ask("p"))
	answers := []llm.Answer{
		{Text: "short", Finish: llm.FinishStop},
		{Text: strings.Repeat("a long one ", 1000), Finish: llm.FinishLength, Usage: llm.Usage{PromptTokens: 3, CompletionTokens: 5, Cost: 0.25}},
		{Refusal: "no", Finish: llm.FinishContentFilter},
		{Text: "\x00 é \u2028 </script>", Finish: "odd"},
	}
	for i, a := range answers {
		put(t, c, key, 2*i, a)
	}
	for _, again := range []*llm.Cache{c, openCache(t, path)} {
		got, err := again.Get(t.Context(), key, 1, 6)
		want := map[int]llm.Answer{2: answers[1], 4: answers[2], 6: answers[3]}
		for i, a := range want {
			a.Cached = true
			want[i] = a
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Get of the samples 1 to 6 = %v, %v, want %v", got, err, want)
		}
		if got, err := again.Get(t.Context(), other, 0, 10); err != nil || len(got) != 0 {
			t.Errorf("Get of another request = %v, %v, want nothing", got, err)
		}
		var keys []llm.SampleKey
		for _, sample := range []int{1, 2, 3, 4, 0, 0, 6, 7, 5} {
			keys = append(keys, llm.SampleKey{Key: key, Sample: sample})
		}
		keys = append(keys, llm.SampleKey{Key: other}, llm.SampleKey{Key: key, Sample: 1})
		has, err := again.Has(t.Context(), keys)
		if want := []bool{false, true, false, true, true, true, true, false, false, false, false}; err != nil || !reflect.DeepEqual(has, want) {
			t.Errorf("Has of %v = %v, %v, want %v", keys, has, err, want)
		}
	}
}

// TestCacheFirstAnswerStays: sample k of a request is always the same answer.
func TestCacheFirstAnswerStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	one, two := openCache(t, path), openCache(t, path)
	key := keyOf(t, ask("q"))
	put(t, one, key, 0, llm.Answer{Text: "first"})
	if got := put(t, two, key, 0, llm.Answer{Text: "second"}); got.Text != "first" {
		t.Errorf("Put of another answer returned %q, want the first one", got.Text)
	}
}

// TestCacheTwoHandles writes through two handles at once, as two processes do.
func TestCacheTwoHandles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	handles := []*llm.Cache{openCache(t, path), openCache(t, path)}
	key := keyOf(t, ask("q"))
	const each = 300
	var joined sync.WaitGroup
	for i, c := range handles {
		for k := range 8 {
			joined.Go(func() {
				for n := k; n < each; n += 8 {
					// Every second sample is written by both.
					e := llm.Entry{SampleKey: llm.SampleKey{Key: key, Sample: 2*n + i*(n%2)}, Answer: llm.Answer{Text: fmt.Sprint("sample ", 2*n+i*(n%2))}}
					if _, err := c.Put(context.WithoutCancel(t.Context()), e); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	joined.Wait()
	for i, c := range handles {
		got, err := c.Get(t.Context(), key, 0, 2*each)
		if want := each + each/2; err != nil || len(got) != want {
			t.Errorf("handle %d: %d answers, %v, want %d", i, len(got), err, want)
		}
		for k, a := range got {
			if want := fmt.Sprint("sample ", k); a.Text != want {
				t.Errorf("handle %d: sample %d = %q, want %q", i, k, a.Text, want)
			}
		}
	}
}

func TestCacheRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, statement string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct{ path, want string }{
		"a text":            {write("text", strings.Repeat("no database ", 100)), "not a database"},
		"a folder":          {dir, "it is a folder"},
		"no folder":         {filepath.Join(dir, "no", "such"), "unable to open"},
		"another database":  {database("other.db", "CREATE TABLE x (y)"), "a database of something else"},
		"a later version's": {database("later.db", "CREATE TABLE x (y); PRAGMA application_id = 0x61636563; PRAGMA user_version = 2"), "of version 2"},
	} {
		c, err := llm.OpenCache(t.Context(), tt.path)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("OpenCache of %s: %v, want an error with %q and the path", name, err, tt.want)
		}
		if err == nil {
			_ = c.Close()
		}
	}
}

func TestCacheAfterClose(t *testing.T) {
	c, err := llm.OpenCache(t.Context(), filepath.Join(t.TempDir(), "answers.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Put(t.Context(), llm.Entry{}); err == nil {
		t.Error("Put after Close: no error")
	}
	if _, err := c.Get(t.Context(), llm.Key{}, 0, 1); err == nil {
		t.Error("Get after Close: no error")
	}
}

// writerEnv has the test binary be a process that writes answers until it is killed.
const writerEnv = "ACECODER_TEST_CACHE_WRITER"

// TestCacheWriterProcess is that process, and no test: it says each sample that Put has returned for.
func TestCacheWriterProcess(t *testing.T) {
	path := os.Getenv(writerEnv)
	if path == "" {
		t.Skip("this is the child of TestCacheSurvivesKill")
	}
	c, err := llm.OpenCache(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := llm.KeyOf(ask("q"), "")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	for w := range 16 {
		go func() {
			for n := w; ; n += 16 {
				if _, err := c.Put(context.Background(), llm.Entry{SampleKey: llm.SampleKey{Key: key, Sample: n}, Answer: killAnswer(n)}); err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Println("stored", n)
				mu.Unlock()
			}
		}()
	}
	time.Sleep(time.Minute)
}

func killAnswer(n int) llm.Answer { return llm.Answer{Text: strings.Repeat(fmt.Sprint(n, " "), 300)} }

// TestCacheSurvivesKill kills a process that writes: what Put had returned for is there, and whole.
func TestCacheSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run", "^TestCacheWriterProcess$")
		child.Env = append(os.Environ(), writerEnv+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var stored []int
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "stored %d", &n); err == nil {
				stored = append(stored, n)
			}
			if len(stored) == 200*(round+1) {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		} else if _, killed := errors.AsType[*exec.ExitError](err); !killed || len(stored) < 200 {
			t.Fatalf("the child: %v, after %d answers", err, len(stored))
		}
		checkStored(t, path, stored)
	}
}

func checkStored(t *testing.T, path string, stored []int) {
	t.Helper()
	c := openCache(t, path)
	key := keyOf(t, ask("q"))
	for _, n := range stored {
		got, err := c.Get(t.Context(), key, n, 1)
		if want := killAnswer(n).Text; err != nil || got[n].Text != want {
			t.Fatalf("sample %d after the kill = %.20q, %v, want %.20q", n, got[n].Text, err, want)
		}
	}
}
