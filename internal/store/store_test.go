package store_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/store"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("ACECODER_STORE_VICTIM"); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

// open makes a run.db with three stages.
func open(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.SetStages(t.Context(), stages("a", "b", "c")); err != nil {
		t.Fatal(err)
	}
	return db
}

func stages(names ...string) []store.Stage {
	var all []store.Stage
	for _, name := range names {
		name, key, _ := strings.Cut(name, "=")
		all = append(all, store.Stage{Name: name, Key: key, Params: json.RawMessage(`{"x":1}`)})
	}
	return all
}

func row(stage string, seq int64) store.Entry {
	body := fmt.Sprintf(`{"id":"%d","stage":%q}`, seq, stage)
	return store.Entry{Stage: stage, Seq: seq, ID: strconv.FormatInt(seq, 10), Source: "s" + strconv.FormatInt(seq%2, 10), Count: 1, Hash: sha256.Sum256([]byte(body)), Body: []byte(body)}
}

func dropped(stage string, seq int64, reason acecoder.DropReason) store.Entry {
	e := row(stage, seq)
	e.Body, e.Drop = nil, &acecoder.Drop{ID: e.ID, Stage: stage, Reason: reason, Detail: "because"}
	return e
}

func put(t *testing.T, db *store.DB, entries ...store.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := db.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// list writes entries as "stage:seq", drops with their reason.
func list(t *testing.T, entries iter.Seq2[store.Entry, error]) string {
	t.Helper()
	var out []string
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		word := fmt.Sprintf("%s:%d", e.Stage, e.Seq)
		if e.Drop != nil {
			word += "=" + string(e.Drop.Reason)
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func summary(t *testing.T, db *store.DB) string {
	t.Helper()
	all, err := db.Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprintf("%s %d/%d %v %s", s.Name, s.Rows, s.Entries, s.Drops, s.Digest[:6]))
	}
	return strings.Join(out, "; ")
}

func TestEntries(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "run.db"))
	pair := row("c", 4)
	pair.Count = 3
	put(t, db,
		row("a", 4), row("a", 0), row("a", 3), dropped("a", 1, acecoder.DropDuplicate), row("a", 2),
		row("b", 0), dropped("b", 2, acecoder.DropBadAnswer), row("b", 4), pair)
	for _, c := range []struct {
		name, got, want string
	}{
		{"rows", list(t, db.Rows(t.Context(), "a")), "a:0 a:2 a:3 a:4"},
		{"drops", list(t, db.Drops(t.Context(), "a")), "a:1=duplicate"},
		{"open for b", list(t, db.Open(t.Context(), "b")), "a:3"},
		{"open for c", list(t, db.Open(t.Context(), "c")), "b:0 a:3"},
		{"rows of a stage without any", list(t, db.Drops(t.Context(), "c")), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
	if got, want := summary(t, db), "a 4/5 map[duplicate:1]"; !strings.HasPrefix(got, want) {
		t.Errorf("summary %q, want %q", got, want)
	}
	if all, _ := db.Summary(t.Context()); all[2].Rows != 3 || all[2].Entries != 1 {
		t.Errorf("stage c has %d rows of %d seeds, want 3 of 1", all[2].Rows, all[2].Entries)
	}
	e, ok, err := db.Get(t.Context(), "b", 4)
	if err != nil || !ok || string(e.Body) != `{"id":"4","stage":"b"}` || e.Source != "s0" || e.Hash != row("b", 4).Hash {
		t.Errorf("Get returned %+v, %v, %v", e, ok, err)
	}
	if _, ok, err := db.Get(t.Context(), "b", 3); ok || err != nil {
		t.Errorf("an entry that is not there: %v, %v", ok, err)
	}
	by, err := db.Sources(t.Context(), "a")
	if err != nil || by["s0"][""] != 3 || by["s1"]["duplicate"] != 1 {
		t.Errorf("by source %v, %v", by, err)
	}
	if err := db.Put(t.Context(), row("nowhere", 1)); err == nil {
		err = db.Flush(t.Context())
		if err == nil || !strings.Contains(err.Error(), `no stage "nowhere"`) {
			t.Errorf("an entry of an unknown stage: error %v", err)
		}
	}
	if err := db.Put(t.Context(), row("a", 9)); err == nil {
		t.Error("after a failure an entry was taken as if it were kept")
	}
}

// The digest depends on what the entries are, not on when they came or how often they were put.
func TestDigest(t *testing.T) {
	entries := []store.Entry{dropped("a", 100, acecoder.DropDuplicate)}
	for seq := range int64(40) {
		entries = append(entries, row("a", seq))
	}
	var first string
	for turn := range 5 {
		db := open(t, filepath.Join(t.TempDir(), "run.db"))
		rand.New(rand.NewPCG(1, uint64(turn))).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		put(t, db, entries...)
		put(t, db, entries[:turn*3]...)
		if first == "" {
			first = summary(t, db)
		}
		if got := summary(t, db); got != first {
			t.Errorf("in another order: %q, want %q", got, first)
		}
		put(t, db, row("a", 41))
		if got := summary(t, db); got == first {
			t.Error("one row more has the same summary")
		}
	}
}

func TestSetStages(t *testing.T) {
	for _, c := range []struct {
		name        string
		now         []store.Stage
		a, b, later string
	}{
		{"nothing changed", stages("a=1", "b=1", "c=1"), "a:0", "b:0", "c:0"},
		{"the last one changed", stages("a=1", "b=1", "c=2"), "a:0", "b:0", ""},
		{"the middle one changed", stages("a=1", "b=2", "c=1"), "a:0", "", ""},
		{"the first one changed", stages("a=2", "b=1", "c=1"), "", "", ""},
		{"one more", stages("a=1", "b=1", "c=1", "d=1"), "a:0", "b:0", "c:0"},
		{"one less", stages("a=1", "b=1"), "a:0", "b:0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.db")
			db, err := store.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.SetStages(t.Context(), stages("a=1", "b=1", "c=1")); err != nil {
				t.Fatal(err)
			}
			put(t, db, row("a", 0), row("b", 0), row("c", 0))
			db.Use(store.Usage{Stage: "b", Model: "m", Kind: "ok", N: 1, Cost: 2})
			if err := db.SetComplete(t.Context(), "a", true); err != nil {
				t.Fatal(err)
			}
			if err := db.SetStages(t.Context(), c.now); err != nil {
				t.Fatal(err)
			}
			got := []string{list(t, db.Rows(t.Context(), "a")), list(t, db.Rows(t.Context(), "b")), list(t, db.Rows(t.Context(), "c"))}
			if got[0] != c.a || got[1] != c.b || got[2] != c.later {
				t.Errorf("left %q, want %q, %q, %q", got, c.a, c.b, c.later)
			}
			all, err := db.Stages(t.Context())
			if err != nil || len(all) != len(c.now) || all[0].Complete != (c.a != "") {
				t.Errorf("stages %+v, %v", all, err)
			}
			if use, err := db.Usage(t.Context()); err != nil || len(use) != 1 || use[0].Cost != 2 {
				t.Errorf("what was spent: %+v, %v, want it kept", use, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestUsageAddsUp(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "run.db"))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			db.Use(store.Usage{Stage: "b", Model: "m", Kind: "ok", N: 1, Samples: 16, PromptTokens: 10, CompletionTokens: 5, Cost: 0.25, Seconds: 1})
		})
	}
	group.Wait()
	db.Use(store.Usage{Stage: "b", Model: "m", Kind: "timeout", N: 1})
	put(t, db)
	got, err := db.Usage(t.Context())
	want := store.Usage{Stage: "b", Model: "m", Kind: "ok", N: 20, Samples: 320, PromptTokens: 200, CompletionTokens: 100, Cost: 5, Seconds: 20}
	if err != nil || len(got) != 2 || got[0] != want {
		t.Errorf("usage %+v, %v, want %+v and a timeout", got, err, want)
	}
}

func TestWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	db := open(t, path)
	for _, step := range []struct{ name, value, want string }{
		{"synth/1", "a", "a"},
		{"synth/1", "b", "b"},
		{"synth/0", "c", "c b"},
		{"synthesis", "x", "c b"},
		{"SYNTH/2", "y", "c b"},
		{"synth/1", "", "c"},
		{"synth/1", "", "c"},
	} {
		if err := db.SetJournal(t.Context(), step.name, step.value); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Journal(t.Context(), "synth/"); err != nil || strings.Join(got, " ") != step.want {
			t.Errorf("after %s = %q the journal has %q, %v, want %q", step.name, step.value, got, err, step.want)
		}
	}
	if err := errors.Join(db.SetMeta(t.Context(), "run", "x"), db.SetMeta(t.Context(), "run", "y")); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Meta(t.Context(), "run"); err != nil || got != "y" {
		t.Errorf("meta %q, %v, want y", got, err)
	}
	if got, err := db.Meta(t.Context(), "other"); err != nil || got != "" {
		t.Errorf("meta that was never set: %q, %v", got, err)
	}
}

func TestRevive(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "run.db"))
	put(t, db, row("a", 0), row("a", 1), row("a", 2), dropped("b", 0, acecoder.DropUnanswered), dropped("b", 1, acecoder.DropBadAnswer), row("b", 2))
	n, err := db.Revive(t.Context(), string(acecoder.DropUnanswered))
	if err != nil || n != 1 {
		t.Errorf("revived %d, %v, want 1", n, err)
	}
	if got := list(t, db.Open(t.Context(), "b")); got != "a:0" {
		t.Errorf("open again %q, want a:0", got)
	}
	if err := db.Clear(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if got := list(t, db.Open(t.Context(), "b")); got != "a:0 a:1 a:2" {
		t.Errorf("open after clearing %q, want all", got)
	}
}

// Many pages, with gaps, come complete and in order while others write.
func TestScanWhileWriting(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "run.db"))
	const n = 2000
	for seq := range int64(n) {
		if seq%7 != 3 {
			if err := db.Put(t.Context(), row("a", seq)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		for seq := int64(0); ctx.Err() == nil; seq = (seq + 1) % n {
			_ = db.Put(ctx, row("b", seq))
		}
	})
	last, count := int64(-1), 0
	for e, err := range db.Rows(t.Context(), "a") {
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq <= last || string(e.Body) != string(row("a", e.Seq).Body) {
			t.Fatalf("after %d came %d with %s", last, e.Seq, e.Body)
		}
		last, count = e.Seq, count+1
	}
	cancel()
	group.Wait()
	if want := n - n/7; count != want && count != want-1 {
		t.Errorf("%d rows, want %d", count, want)
	}
}

func TestOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	db := open(t, path)
	put(t, db, row("a", 1))
	_, err := store.Open(t.Context(), path)
	if busy, ok := errors.AsType[*store.BusyError](err); !ok || busy.Path != path {
		t.Errorf("a second writer: error %v, want a BusyError", err)
	}
	reader, err := store.View(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := list(t, reader.Rows(t.Context(), "a")); got != "a:1" {
		t.Errorf("a reader beside it sees %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	_ = again.Close()
}

func TestNotARun(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	if err := os.WriteFile(other, []byte("this is not a database at all, however long it is"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"no file": func() error { _, err := store.View(t.Context(), filepath.Join(dir, "none.db")); return err }(),
		"text":    func() error { _, err := store.Open(t.Context(), other); return err }(),
		"viewed":  func() error { _, err := store.View(t.Context(), other); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), ".db") {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
	}
}

// victim writes entries and says which of them are committed, until it is killed.
func victim(path string) {
	ctx := context.Background()
	db, err := store.Open(ctx, path)
	if err != nil {
		panic(err)
	}
	if err := db.SetStages(ctx, stages("a", "b", "c")); err != nil {
		panic(err)
	}
	for seq := int64(0); ; seq += 10 {
		for k := range int64(10) {
			_ = db.Put(ctx, row("a", seq+k))
		}
		if err := db.Flush(ctx); err != nil {
			panic(err)
		}
		fmt.Println(seq + 10)
	}
}

// What was flushed is there after a kill, and nothing is there in part.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	flushed := int64(0)
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^$")
		cmd.Env = append(os.Environ(), "ACECODER_STORE_VICTIM="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end) && lines.Scan(); {
			n, _ := strconv.ParseInt(lines.Text(), 10, 64)
			flushed = max(flushed, n)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		db := open(t, path)
		next := int64(0)
		for e, err := range db.Rows(t.Context(), "a") {
			if err != nil {
				t.Fatal(err)
			}
			if e.Seq != next || e.Hash != sha256.Sum256(e.Body) {
				t.Fatalf("entry %d in place of %d: %s", e.Seq, next, e.Body)
			}
			next++
		}
		if next < flushed || flushed == 0 {
			t.Errorf("%d entries are there, %d were flushed", next, flushed)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "run.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.SetStages(b.Context(), stages("a")); err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"question":"` + strings.Repeat("some words of a question ", 80) + `"}`)
	for seq := int64(0); b.Loop(); seq++ {
		if err := db.Put(b.Context(), store.Entry{Stage: "a", Seq: seq, ID: strconv.FormatInt(seq, 10), Count: 1, Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}
