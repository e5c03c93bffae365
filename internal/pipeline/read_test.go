package pipeline_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestBrokenConfigurations has a file for each mistake and one golden file with what is said about all of them.
func TestBrokenConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d broken files, %v", len(files), err)
	}
	var b strings.Builder
	for _, path := range files {
		cfg, err := pipeline.Read(path)
		if _, ok := errors.AsType[*pipeline.ConfigError](err); !ok {
			t.Errorf("%s: %v, want a mistake; got %+v", path, err, cfg)
			continue
		}
		b.WriteString("== " + filepath.Base(path) + "\n" + err.Error() + "\n\n")
	}
	const golden = "testdata/config/messages.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// sound is a configuration with nothing wrong.
func sound(t *testing.T, more string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"seeds.jsonl": "",
		"run.yaml": `name: x
seeds: [{in: seeds.jsonl}]
endpoints: {stub: {url: "http://localhost:8000/v1", concurrency: 3}}
models:
  writer: {endpoint: stub, model: w}
  policy: {endpoint: stub, model: p}
synth: {model: writer}
oracle: {models: [writer]}
sample: {models: [policy]}
` + more,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "run.yaml")
}

func TestPresets(t *testing.T) {
	read := func(more string, settings ...string) *pipeline.Config {
		t.Helper()
		c, err := pipeline.Read(sound(t, more), settings...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	paper := read("")
	if paper.Filter.MinTests != 5 || paper.Sample.N != 16 || paper.Sample.Temperature != 0.7 || paper.Oracle.Temperature != 0 ||
		paper.Pairs != pairs.Paper() || paper.Filter.Shown != 2 || paper.Synth.MaxTokens != 8192 {
		t.Errorf("paper: %+v", paper)
	}
	published := read("preset: published\nfilter: {vote: 1}\n")
	if published.Filter.MinTests != 4 || published.Pairs != pairs.Published() || !published.Seed.Published {
		t.Errorf("published: %+v", published)
	}
	if modern := read("", "preset=modern"); modern.Filter.Repeats == 0 || modern.Pairs.Cap == 0 {
		t.Errorf("modern, by a setting: %+v", modern)
	}
	if c := read("filter: {min_tests: 7}\n"); c.Filter.MinTests != 7 || c.Filter.Vote != 1 {
		t.Errorf("one value of a section: %+v, want the others as they were", c.Filter)
	}
}

func TestSettings(t *testing.T) {
	for _, row := range []struct {
		setting string
		ok      func(*pipeline.Config) bool
		bad     string
	}{
		{"sample.n=8", func(c *pipeline.Config) bool { return c.Sample.N == 8 && c.Sample.Models[0] == "policy" }, ""},
		{"pairs.gap=2/5", func(c *pipeline.Config) bool { return c.Pairs.Gap == pairs.Ratio{Num: 2, Den: 5} }, ""},
		{"endpoints.stub.timeout=90s", func(c *pipeline.Config) bool {
			e := c.Endpoints["stub"]
			return e.Timeout == 90*time.Second && e.Concurrency == 3 && e.URL != ""
		}, ""},
		{"models.extra={endpoint: stub, model: m}", func(c *pipeline.Config) bool { return len(c.Models) == 3 }, ""},
		{"oracle.models=[writer, policy]", func(c *pipeline.Config) bool { return len(c.Oracle.Models) == 2 }, ""},
		{"synth.prompt=p.txt", func(c *pipeline.Config) bool { return filepath.IsAbs(c.Synth.Prompt) }, ""},
		{"sample.n", nil, "want a name and a value"},
		{"=3", nil, "want a name and a value"},
		{"sample..n=3", nil, "want a name and a value"},
		{"sampl.n=3", nil, `--set sampl.n=3: "sampl" is not known here; did you mean "sample"?`},
		{"sample.n=many", nil, `--set sample.n=many: sample.n: "many" where a whole number belongs`},
		{"sample.n=0", nil, `--set sample.n=0: sample.n: 0 is below 1`},
		{"name={", nil, "--set name={: "},
	} {
		t.Run(row.setting, func(t *testing.T) {
			c, err := pipeline.Read(sound(t, ""), row.setting)
			if row.bad != "" {
				if err == nil || !strings.Contains(err.Error(), row.bad) {
					t.Errorf("error %v, want %q", err, row.bad)
				}
				return
			}
			if err != nil || !row.ok(c) {
				t.Errorf("%v, %+v", err, c)
			}
		})
	}
}

// What a run writes down of its configuration says the same when it is read.
func TestWrittenDown(t *testing.T) {
	path := sound(t, "pairs: {gap: 3/10}\n")
	c, err := pipeline.Read(path, "endpoints.stub.timeout=90s", "export=[{format: verl, hard: true}]", "filter.repeats=2")
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(filepath.Dir(path), "again.yaml")
	if err := os.WriteFile(again, text, 0o666); err != nil {
		t.Fatal(err)
	}
	c2, err := pipeline.Read(again)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	text2, err := c2.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(text2) {
		t.Errorf("written\n%s\nread and written again\n%s", text, text2)
	}
}

func TestSchema(t *testing.T) {
	text, err := pipeline.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{`"min_tests"`, `"gap"`, `"key_env"`, `"published"`, `"concurrency"`} {
		if !strings.Contains(string(text), word) {
			t.Errorf("the schema has no %s", word)
		}
	}
	if strings.Contains(string(text), `"required"`) {
		t.Error("the schema wants something to be there, where presets give it")
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/config/*.yaml")
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(string(text), "sample.n=3")
		}
	}
	f.Fuzz(func(t *testing.T, text, setting string) {
		path := filepath.Join(t.TempDir(), "run.yaml")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Skip()
		}
		c, err := pipeline.Read(path, setting)
		if err == nil && c.Name == "" {
			t.Error("a configuration without a name was taken")
		}
		var broken yaml.Error
		if err != nil && errors.As(err, &broken) {
			t.Errorf("an error of the library came through: %v", err)
		}
	})
}
