package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
	"github.com/acecoder/acecoder/internal/pipeline"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// isolation reports whether programs can be judged on this machine.
var isolation = sync.OnceValue(func() bool {
	python, err := sandbox.FindPython(context.Background(), "")
	if err != nil {
		return false
	}
	_, err = sandbox.Strongest(context.Background(), python)
	return err == nil
})

// world is a server and a folder with a configuration that uses it.
type world struct {
	t      *testing.T
	server *llmtest.Server
	dir    string
}

// newWorld makes a world of so many seeds, whose server behaves as it is told.
func newWorld(t *testing.T, seeds int, cfg llmtest.Config) *world {
	t.Helper()
	if !isolation() {
		t.Skip("no isolation level works on this machine")
	}
	if cfg.Say == nil {
		cfg.Say = llmtest.Arithmetic{}.Say
	}
	w := &world{t: t, server: llmtest.New(cfg), dir: t.TempDir()}
	web := httptest.NewServer(w.server)
	t.Cleanup(web.Close)
	var rows bytes.Buffer
	for k := range seeds {
		row, _ := json.Marshal(map[string]string{"content": llmtest.Arithmetic{}.Seed(k + 2), "license": "MIT"})
		rows.Write(append(row, '\n'))
	}
	w.write("seeds.jsonl", rows.String())
	w.write("run.yaml", fmt.Sprintf(`
name: world
cache: cache
seeds: [{in: seeds.jsonl}]
seed: {near: 0}
endpoints: {stub: {url: %s/v1, concurrency: 8, max_attempts: 4}}
models:
  writer: {endpoint: stub, model: writer-1, prices: {prompt: 1, completion: 2}}
  oracle: {endpoint: stub, model: oracle-1}
  policy: {endpoint: stub, model: policy-1}
synth: {model: writer}
oracle: {models: [oracle]}
sample: {models: [policy], n: 4}
engine: {jobs: 1}
`, web.URL))
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o666); err != nil {
		w.t.Fatal(err)
	}
}

// config reads the configuration with settings.
func (w *world) config(settings ...string) *pipeline.Config {
	w.t.Helper()
	cfg, err := pipeline.Read(filepath.Join(w.dir, "run.yaml"), settings...)
	if err != nil {
		w.t.Fatal(err)
	}
	return cfg
}

// run does the run and returns how it ended.
func (w *world) run(ctx, drain context.Context, opt pipeline.Options, settings ...string) error {
	w.t.Helper()
	r, err := pipeline.Open(ctx, w.config(settings...), opt)
	if err != nil {
		w.t.Fatal(err)
	}
	err = r.Do(ctx, drain, opt)
	if failed := r.Close(); failed != nil {
		w.t.Fatal(failed)
	}
	return err
}

// must does the run, which has to be complete then.
func (w *world) must(settings ...string) {
	w.t.Helper()
	if err := w.run(w.t.Context(), w.t.Context(), pipeline.Options{}, settings...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) status() *pipeline.Status {
	w.t.Helper()
	s, err := pipeline.ReadStatus(w.t.Context(), filepath.Join(w.dir, "runs", "world"))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// digests are what a run has made, a line for each stage.
func (w *world) digests() string {
	w.t.Helper()
	var b strings.Builder
	for _, s := range w.status().Stages {
		fmt.Fprintf(&b, "%s %d/%d %v %.12s\n", s.Name, s.Rows, s.Entries, s.Drops, s.Digest)
	}
	return b.String()
}

func TestWholeWay(t *testing.T) {
	w := newWorld(t, 12, llmtest.Config{})
	w.must()
	s := w.status()
	if !s.Complete {
		t.Error("the run is not complete")
	}
	// Of 20 tests 4 are wrong. Of four programs two are right, one passes 9 of 16, one does not compile; and one of the
	// right ones is wrong where x is below 0.
	want := map[string][2]int{"seed": {12, 12}, "synth": {12, 12}, "filter": {12, 12}, "score": {12, 12}, "pairs": {0, 12}, "hard": {0, 12}}
	for _, stage := range s.Stages {
		if n, ok := want[stage.Name]; ok && stage.Entries != n[1] {
			t.Errorf("stage %s has %d seeds, want %d", stage.Name, stage.Entries, n[1])
		}
	}
	if s.Stages[6].Rows == 0 || s.Stages[7].Rows == 0 {
		t.Errorf("no pairs or nothing hard: %+v", s.Stages)
	}
	before, calls := w.digests(), w.server.Chats()
	w.must()
	if w.digests() != before || w.server.Chats() != calls {
		t.Errorf("run again, it asked %d more requests and has\n%s, before\n%s", w.server.Chats()-calls, w.digests(), before)
	}
	if distinct, again := w.server.Billed(); distinct != 12+12+48 || again != 0 {
		t.Errorf("%d samples were paid for, %d of them again, want %d", distinct, again, 12+12+48)
	}
	for _, name := range []string{"run.yaml", "manifest.json", "run.db"} {
		if _, err := os.Stat(filepath.Join(w.dir, "runs/world", name)); err != nil {
			t.Error(err)
		}
	}
}

// Neither workers nor how the server gives its samples nor stopping changes what comes of a run.
func TestSameRun(t *testing.T) {
	var want string
	for _, row := range []struct {
		name     string
		server   llmtest.Config
		settings []string
		stops    int
	}{
		{"straight", llmtest.Config{}, nil, 0},
		{"one at a time", llmtest.Config{}, []string{"endpoints.stub.concurrency=1", "engine.jobs=2"}, 0},
		{"samples one by one", llmtest.Config{IgnoreN: true}, nil, 0},
		{"no n, no schema, no prefix", llmtest.Config{RejectN: true, RejectFormat: "all", RejectPrefix: true, RepeatPrefix: true}, nil, 0},
		{"stopped many times", llmtest.Config{Latency: 20 * time.Millisecond}, nil, 4},
		{"a server that fails every third request", llmtest.Config{Fault: everyThird}, nil, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, 10, row.server)
			for i := range row.stops {
				drain, stop := context.WithTimeout(t.Context(), time.Duration(300+150*i)*time.Millisecond)
				err := w.run(t.Context(), drain, pipeline.Options{}, row.settings...)
				stop()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Fatal(err)
				}
			}
			w.must(row.settings...)
			got := w.digests()
			if row.server.IgnoreN || row.server.RejectN {
				// Which of a server's samples is the first, when each is asked for alone, is the server's to say.
				got, _, _ = strings.Cut(got, "sample")
			}
			if want == "" {
				want = got
			}
			if !strings.HasPrefix(want, got) {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
			if distinct, again := w.server.Billed(); again != 0 || distinct != 60 {
				t.Errorf("%d samples were paid for, and %d again; want 60 and none", distinct, again)
			}
		})
	}
}

// everyThird has every third request for an answer fail, each time in another way, before any work is done.
func everyThird(c llmtest.Call) llmtest.Fault {
	if !c.Chat() || c.N%3 != 0 {
		return llmtest.Fault{}
	}
	switch c.N / 3 % 4 {
	case 0:
		return llmtest.Status(429, "slow down", "Retry-After", "0.01")
	case 1:
		return llmtest.Status(500, "oh no")
	case 2:
		return llmtest.Fault{Break: llmtest.Reset}
	}
	return llmtest.Status(429, "slow down")
}

func TestFaultsAreTold(t *testing.T) {
	w := newWorld(t, 8, llmtest.Config{Fault: everyThird})
	w.must()
	kinds := map[string]int{}
	for _, f := range w.status().Faults {
		kinds[f.Kind] += f.N
	}
	for _, kind := range []llm.Kind{llm.KindRateLimited, llm.KindServerError, llm.KindReset} {
		if kinds[string(kind)] == 0 {
			t.Errorf("no %s among the faults %v", kind, kinds)
		}
	}
	page, err := pipeline.WriteReport(t.Context(), filepath.Join(w.dir, "runs", "world"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "rate_limited") {
		t.Error("the report does not tell of the faults")
	}
}

// One request that always fails is that record's trouble; it can be tried again.
func TestUnanswered(t *testing.T) {
	var mended atomic.Bool
	w := newWorld(t, 6, llmtest.Config{Fault: func(c llmtest.Call) llmtest.Fault {
		if !mended.Load() && c.Chat() && bytes.Contains(c.Body, []byte("scale_4(")) && bytes.Contains(c.Body, []byte("writer-1")) {
			return llmtest.Status(500, "oh no")
		}
		return llmtest.Fault{}
	}})
	w.must()
	if got := w.status().Stages[1].Drops; got["unanswered"] != 1 || len(got) != 1 {
		t.Fatalf("drops %v, want one that was not answered", got)
	}
	mended.Store(true)
	w.must()
	if got := w.status().Stages[1].Drops; got["unanswered"] != 1 {
		t.Errorf("drops %v: a drop was tried again without being asked to", got)
	}
	if err := w.run(t.Context(), t.Context(), pipeline.Options{Retry: "unanswered"}); err != nil {
		t.Fatal(err)
	}
	if s := w.status(); len(s.Stages[1].Drops) != 0 || s.Stages[5].Entries != 6 {
		t.Errorf("after another try %v and %d scored, want no drops and 6", s.Stages[1].Drops, s.Stages[5].Entries)
	}
}

// A server that is down stops the run, and nothing is dropped for it.
func TestServerDown(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	w := newWorld(t, 4, llmtest.Config{Fault: func(llmtest.Call) llmtest.Fault {
		if down.Load() {
			return llmtest.Status(503, "gone fishing", "Retry-After", "0.01")
		}
		return llmtest.Fault{}
	}})
	err := w.run(t.Context(), t.Context(), pipeline.Options{})
	if _, ok := errors.AsType[*llm.UnavailableError](err); !ok {
		t.Fatalf("error %v, want that the server is not available", err)
	}
	if got := w.status().Stages[1].Entries; got != 0 {
		t.Errorf("%d records went through synth while the server was down", got)
	}
	down.Store(false)
	w.must()
}

func TestBudget(t *testing.T) {
	w := newWorld(t, 10, llmtest.Config{})
	err := w.run(t.Context(), t.Context(), pipeline.Options{}, "budget.requests=12")
	if !errors.Is(err, llm.ErrBudget) {
		t.Fatalf("error %v, want that the budget is reached", err)
	}
	if n := w.server.Chats(); n != 12 {
		t.Errorf("%d requests were sent, want the 12 that are allowed", n)
	}
	if err := w.run(t.Context(), t.Context(), pipeline.Options{}, "budget.requests=12"); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("run again: error %v, want that the budget is reached still", err)
	}
	if n := w.server.Chats(); n != 12 {
		t.Errorf("run again, %d requests were sent in all, want no more than 12", n)
	}
	w.must("budget.requests=100")
	if distinct, again := w.server.Billed(); distinct != 60 || again != 0 {
		t.Errorf("with a larger budget %d samples were paid for, %d of them again; want 60 in all", distinct, again)
	}
	if got := w.status().Spent; got.Requests != 30 || got.Money <= 0 {
		t.Errorf("spent %+v, want 30 requests and some money", got)
	}
}

func TestLimit(t *testing.T) {
	w := newWorld(t, 10, llmtest.Config{})
	if err := w.run(t.Context(), t.Context(), pipeline.Options{Limit: 3}); err != nil {
		t.Fatal(err)
	}
	s := w.status()
	if s.Complete || s.Stages[0].Entries != 10 || s.Stages[5].Entries != 3 || s.Stages[7].Entries != 0 {
		t.Errorf("of 10 seeds with limit 3: %+v", s.Stages)
	}
	w.must()
	straight := newWorld(t, 10, llmtest.Config{})
	straight.must()
	if w.digests() != straight.digests() {
		t.Errorf("in two parts\n%s, straight\n%s", w.digests(), straight.digests())
	}
}

func TestKeyIsMissing(t *testing.T) {
	w := newWorld(t, 1, llmtest.Config{})
	err := w.run(t.Context(), t.Context(), pipeline.Options{}, "endpoints.stub.key_env=ACECODER_TEST_NO_KEY")
	missing, ok := errors.AsType[*pipeline.KeyMissingError](err)
	if !ok || !strings.Contains(missing.Error(), "ACECODER_TEST_NO_KEY") {
		t.Errorf("error %v, want one that names the variable", err)
	}
	t.Setenv("ACECODER_TEST_KEY", "secret-key")
	w.must("endpoints.stub.key_env=ACECODER_TEST_KEY")
	for _, name := range []string{"run.yaml", "manifest.json", "run.db"} {
		text, err := os.ReadFile(filepath.Join(w.dir, "runs/world", name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("secret-key")) {
			t.Errorf("the key is in %s", name)
		}
	}
}

// What has changed is done again, with what follows it, and the answers that are there are not paid for again.
func TestChanges(t *testing.T) {
	w := newWorld(t, 6, llmtest.Config{})
	w.must()
	chats := w.server.Chats()
	var settings []string
	for _, row := range []struct {
		setting string
		again   string // the stages
		why     string
		chats   int // more than before
	}{
		{"sample.n=6", "sample score pairs hard", "sample: n: 4 → 6", 6},
		{"filter.min_tests=6", "filter sample score pairs hard", "filter: filter.min_tests: 5 → 6", 0},
		{"pairs.gap=0.3", "pairs hard", "pairs: pairs.gap", 0},
		{"synth.temperature=0.5", "synth oracle filter sample score pairs hard", "synth: temperature: 0.7 → 0.5", 6},
	} {
		t.Run(row.setting, func(t *testing.T) {
			settings = append(settings, row.setting)
			all, err := pipeline.Explain(t.Context(), w.config(settings...))
			if err != nil {
				t.Fatal(err)
			}
			var again, why []string
			for _, e := range all {
				if e.Again {
					again = append(again, e.Stage)
					why = append(why, e.Stage+": "+strings.Join(e.Why, ", "))
				}
			}
			if got := strings.Join(again, " "); got != row.again {
				t.Errorf("done again %q, want %q; %q", got, row.again, why)
			}
			stage, rest, _ := strings.Cut(row.why, ": ")
			if !strings.Contains(strings.Join(why, "; "), strings.TrimPrefix(rest, stage+".")) {
				t.Errorf("why: %q, want %q", why, row.why)
			}
			w.must(settings...)
			if more := w.server.Chats() - chats; more != row.chats {
				t.Errorf("%d requests more, want %d", more, row.chats)
			}
			if !w.status().Complete {
				t.Error("the run is not complete")
			}
			chats = w.server.Chats()
		})
	}
}
