package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/hard"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/sample"
	"github.com/acecoder/acecoder/internal/synth"
	"github.com/acecoder/acecoder/internal/verify"
)

// Config is a run's configuration, run.yaml. Its zero value is no run: read one, or begin with a preset.
type Config struct {
	Name   string `json:"name"`            // of the run
	Preset Preset `json:"preset"`          // where what is not said comes from: paper, published, modern
	Dir    string `json:"dir,omitempty"`   // the run's folder; runs/<name>
	Cache  string `json:"cache,omitempty"` // the folder of answers that all runs share; the user's cache folder

	Seeds []Source `json:"seeds"` // where seeds come from, in this order
	Seed  Seed     `json:"seed"`

	Endpoints map[string]Endpoint `json:"endpoints"` // servers, by the names that models use
	Models    map[string]Model    `json:"models"`    // by the names that stages use

	Synth  Synth       `json:"synth"`
	Oracle Asking      `json:"oracle"` // the strong models whose programs judge the tests
	Filter Filter      `json:"filter"`
	Sample Asking      `json:"sample"` // the policies whose programs become pairs
	Score  Score       `json:"score"`
	Pairs  pairs.Rule  `json:"pairs"`
	Hard   hard.Config `json:"hard"`

	Export []Export `json:"export,omitempty"`
	Engine Engine   `json:"engine"`
	Budget Budget   `json:"budget"`
	Expect Expect   `json:"expect"`
}

// Source is one set of seeds.
type Source struct {
	In     string            `json:"in"`               // a file of rows, a folder of Python code, or hf:org/name@revision
	Shape  string            `json:"shape,omitempty"`  // what its rows are; auto: by their columns
	Map    map[string]string `json:"map,omitempty"`    // for the shape map: our fields by theirs
	Source string            `json:"source,omitempty"` // the name in tables; by the shape or the file
}

// Endpoint is a server that speaks OpenAI's chat completions.
type Endpoint struct {
	URL string `json:"url,omitempty"` // with the version, such as http://localhost:8000/v1

	// Checkpoint is a model's folder in place of a server: it answers within the process, and its models are all that one.
	Checkpoint string `json:"checkpoint,omitempty"`
	Backend    string `json:"backend,omitempty"` // what computes a checkpoint; cpu
	DType      string `json:"dtype,omitempty"`   // and in what; float32

	KeyEnv string `json:"key_env,omitempty"` // the environment variable that holds the key; none: no key is sent

	// Mode is live, batch (OpenAI's Batch API), or offline: requests are written to files and answers read from them.
	Mode     string `json:"mode,omitempty"`
	Exchange string `json:"exchange,omitempty"` // the folder of an offline endpoint's files; <run>/exchange

	Concurrency       int                `json:"concurrency,omitempty"` // most requests in flight; 64
	RequestsPerMinute int                `json:"requests_per_minute,omitempty"`
	TokensPerMinute   int                `json:"tokens_per_minute,omitempty"`
	Timeout           time.Duration      `json:"timeout,omitempty"`      // of one request; 10m
	MaxAttempts       int                `json:"max_attempts,omitempty"` // of one request; 8
	MaxTokensField    llm.MaxTokensField `json:"max_tokens_field,omitempty"`
	ServerN           llm.ServerN        `json:"server_n,omitempty"`
	Prefix            llm.Prefix         `json:"prefix,omitempty"`
	Headers           map[string]string  `json:"headers,omitempty"`
}

// The modes of an endpoint.
const (
	ModeLive    = "live"
	ModeBatch   = "batch"
	ModeOffline = "offline"
)

// Model is a model behind an endpoint.
type Model struct {
	Endpoint string     `json:"endpoint"`
	Model    string     `json:"model"`              // the name that the server knows
	Revision string     `json:"revision,omitempty"` // tells apart what has one name; part of the cache's keys
	Prices   llm.Prices `json:"prices,omitzero"`    // of a million tokens
}

// Synth says how problems are made of seeds.
type Synth struct {
	synth.Config  `yaml:",inline"`
	Prompt        string `json:"prompt,omitempty"` // a file in place of the built-in prompt
	Decontaminate bool   `json:"decontaminate"`    // drop questions that overlap with the benchmarks or that their programs answer
}

// Asking says how programs are asked for.
type Asking struct {
	Models      []string `json:"models"` // each is asked
	N           int      `json:"n"`      // programs of each model, a problem
	Temperature float64  `json:"temperature"`
	TopP        float64  `json:"top_p"`
	MaxTokens   int      `json:"max_tokens"` // of an answer
	Prompt      string   `json:"prompt,omitempty"`
}

func asking(c sample.Config) Asking {
	return Asking{N: c.N, Temperature: c.Temperature, TopP: c.TopP, MaxTokens: c.MaxTokens}
}

// of is the stage's configuration for one model; shown is how many tests the prompt shows.
func (a Asking) of(model string, shown int) sample.Config {
	return sample.Config{Model: model, N: a.N, Temperature: a.Temperature, TopP: a.TopP, MaxTokens: a.MaxTokens, Shown: shown}
}

// Filter says which tests stay.
type Filter struct {
	filter.Config `yaml:",inline"`
	Profile       string `json:"profile"` // the engine's rules for the oracles' programs
	Repeats       int    `json:"repeats"` // judge so many times more in other states, to find flaky tests
}

// Score says how programs are judged.
type Score struct {
	Profile         string `json:"profile"` // the engine's rules for the policies' programs
	AcceptInProcess bool   `json:"accept_in_process"`
}

// Engine says where programs are judged.
type Engine struct {
	Jobs      int    `json:"jobs,omitempty"`      // questions judged at the same time; one a core
	Isolation string `json:"isolation,omitempty"` // auto, A, B, C
	Python    string `json:"python,omitempty"`    // the interpreter
}

// Budget ends a run, which can be gone on with, before it is overspent; 0 is no limit.
type Budget struct {
	Cost     float64 `json:"cost,omitempty"` // by the models' prices
	Requests int     `json:"requests,omitempty"`
	Tokens   int     `json:"tokens,omitempty"` // of prompts and answers
}

// Expect is what the plan supposes until the run knows better.
type Expect struct {
	SynthTokens  int     `json:"synth_tokens"`  // of an answer with a question and tests
	OracleTokens int     `json:"oracle_tokens"` // of an answer with a program
	SampleTokens int     `json:"sample_tokens"`
	Problems     float64 `json:"problems"` // share of seeds that become problems
	Kept         float64 `json:"kept"`     // share of problems that the filter keeps
}

// Preset is where the values come from that a configuration does not give.
type Preset string

// The presets: the paper's text, the published code as it ran, and what is known to be better since.
const (
	Paper     Preset = "paper"
	Published Preset = "published"
	Modern    Preset = "modern"
)

// defaults are the preset's values.
func (p Preset) defaults() (Config, error) {
	c := Config{
		Preset: p,
		Seed:   paperSeed(),
		Synth:  Synth{Config: synth.Paper(), Decontaminate: true},
		Oracle: asking(sample.Oracle()),
		Filter: Filter{Config: filter.Paper(), Profile: "acecoder-labels-oracle"},
		Sample: asking(sample.Paper()),
		Score:  Score{Profile: "acecoder-labels"},
		Pairs:  pairs.Paper(),
		Hard:   hard.Paper(),
		// 1,000 tokens are a question and twenty tests; of 124,006 problems 89,422 were kept (Table 1).
		Expect: Expect{SynthTokens: 1000, OracleTokens: 300, SampleTokens: 300, Problems: 0.95, Kept: 0.72},
	}
	c.Filter.Shown = sample.Paper().Shown
	switch p {
	case Paper:
	case Published:
		c.Seed = publishedSeed()
		c.Filter.MinTests = filter.Published().MinTests
		c.Pairs, c.Hard = pairs.Published(), hard.Published()
		c.Hard.Models = nil // the published names are of models that this run may not have
		c.Synth.Decontaminate = false
	case Modern:
		c.Filter.Repeats, c.Filter.Dedupe = 2, true
		c.Pairs.Cap = 8
	default:
		return c, fmt.Errorf("preset: %q is none of %s, %s, %s", p, Paper, Published, Modern)
	}
	return c, nil
}

// Folder is the run's folder.
func (c *Config) Folder() string { return c.Dir }

// resolve takes the paths of a configuration from a folder.
func (c *Config) resolve(folder string) {
	from := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) && !isHub(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	c.Dir = cmp.Or(c.Dir, filepath.Join("runs", c.Name))
	for _, path := range []*string{&c.Dir, &c.Cache, &c.Synth.Prompt, &c.Oracle.Prompt, &c.Sample.Prompt} {
		from(path)
	}
	for i := range c.Seeds {
		from(&c.Seeds[i].In)
	}
	for i := range c.Seed.Benchmarks {
		from(&c.Seed.Benchmarks[i])
	}
	for i := range c.Export {
		from(&c.Export[i].Out)
	}
	for name, e := range c.Endpoints {
		from(&e.Exchange)
		from(&e.Checkpoint)
		c.Endpoints[name] = e
	}
}

// problem is what is wrong with a value, and where it stands.
type problem struct {
	path string // such as endpoints.local.url
	err  error
}

// validate says what is wrong with the configuration; the first in the order of the file's sections.
func (c *Config) validate() *problem {
	for _, check := range []func() *problem{c.checkName, c.checkSeeds, c.checkModels, c.checkStages, c.checkExport, c.checkBudget} {
		if p := check(); p != nil {
			return p
		}
	}
	return nil
}

func at(path, format string, args ...any) *problem {
	return &problem{path, fmt.Errorf(format, args...)}
}

func (c *Config) checkName() *problem {
	switch {
	case c.Name == "":
		return at("name", "not set: give the run a name")
	case strings.ContainsAny(c.Name, "/\\\x00") || c.Name == "." || c.Name == "..":
		return at("name", "%q cannot be the name of a folder", c.Name)
	}
	return nil
}

func (c *Config) checkModels() *problem {
	for _, name := range slices.Sorted(maps.Keys(c.Endpoints)) {
		if err := c.checkEndpoint(name); err != nil {
			return err
		}
	}
	served := map[string]string{} // what the model of a checkpoint is called
	for _, name := range slices.Sorted(maps.Keys(c.Models)) {
		m, path := c.Models[name], "models."+name
		if _, ok := c.Endpoints[m.Endpoint]; !ok {
			return at(path+".endpoint", "%s", unknown(m.Endpoint, "endpoint", slices.Sorted(maps.Keys(c.Endpoints))))
		}
		if m.Model == "" {
			return at(path+".model", "not set: give the name that the server knows the model by")
		}
		if c.Endpoints[m.Endpoint].Checkpoint != "" {
			if other, ok := served[m.Endpoint]; ok && other != m.Model {
				return at(path+".model", "%q and %q are both of the endpoint %s, which is one checkpoint", m.Model, other, m.Endpoint)
			}
			served[m.Endpoint] = m.Model
		}
	}
	return nil
}

func (c *Config) checkEndpoint(name string) *problem {
	e, path := c.Endpoints[name], "endpoints."+name
	switch {
	case !slices.Contains([]string{"", ModeLive, ModeBatch, ModeOffline}, e.Mode):
		return at(path+".mode", "%q is none of %s, %s, %s", e.Mode, ModeLive, ModeBatch, ModeOffline)
	case e.Checkpoint != "" && (e.URL != "" || !slices.Contains([]string{"", ModeLive}, e.Mode)):
		return at(path+".checkpoint", "it is in place of a server: no url, and no mode but live, goes with it")
	case e.Checkpoint == "" && (e.Backend != "" || e.DType != ""):
		return at(path, "backend and dtype are for a checkpoint")
	case e.URL == "" && e.Checkpoint == "" && e.Mode != ModeOffline:
		return at(path+".url", "not set: give the server's address with the version, such as http://localhost:8000/v1")
	}
	if err := e.client().Validate(); err != nil {
		return stageProblem(path, err)
	}
	return nil
}

// checkStages checks the stages' own values and that the models that they name are there.
func (c *Config) checkStages() *problem {
	for _, s := range []struct {
		path string
		err  error
	}{
		{"synth", c.Synth.Validate()},
		{"oracle", c.Oracle.of("x", 0).Validate()},
		{"filter", c.Filter.Validate()},
		{"sample", c.Sample.of("x", 0).Validate()},
		{"pairs", c.Pairs.Validate()},
		{"hard", c.Hard.Validate()},
	} {
		if s.err != nil {
			return stageProblem(s.path, s.err)
		}
	}
	if p := c.knows("synth.model", c.Synth.Model); p != nil {
		return p
	}
	for path, a := range map[string]Asking{"oracle.models": c.Oracle, "sample.models": c.Sample} {
		if len(a.Models) == 0 {
			return at(path, "not set: name at least one of the models")
		}
		for _, model := range a.Models {
			if p := c.knows(path, model); p != nil {
				return p
			}
		}
	}
	if c.Filter.Vote > len(c.Oracle.Models)*c.Oracle.N {
		return at("filter.vote", "%d is more than the %d programs that the oracles write", c.Filter.Vote, len(c.Oracle.Models)*c.Oracle.N)
	}
	if c.Filter.Repeats < 0 {
		return at("filter.repeats", "%d is below 0", c.Filter.Repeats)
	}
	return c.checkEngine()
}

// checkEngine checks what the engine is told.
func (c *Config) checkEngine() *problem {
	for path, profile := range map[string]string{"filter.profile": c.Filter.Profile, "score.profile": c.Score.Profile} {
		rules, err := verify.ProfileByName(profile)
		if err != nil {
			return at(path, "%s", unknown(profile, "profile", verify.ProfileNames()))
		}
		if rules.StopAtFirst {
			return at(path, "%s stops at the first failure, and this stage needs a verdict for every test", profile)
		}
	}
	switch {
	case c.Engine.Jobs < 0:
		return at("engine.jobs", "%d is below 0", c.Engine.Jobs)
	case !slices.Contains([]string{"", "auto", "A", "B", "C"}, c.Engine.Isolation):
		return at("engine.isolation", "%q is none of auto, A, B, C", c.Engine.Isolation)
	}
	return nil
}

func (c *Config) checkBudget() *problem {
	for _, f := range []struct {
		path  string
		value float64
	}{
		{"budget.cost", c.Budget.Cost},
		{"budget.requests", float64(c.Budget.Requests)},
		{"budget.tokens", float64(c.Budget.Tokens)},
		{"expect.synth_tokens", float64(c.Expect.SynthTokens)},
		{"expect.oracle_tokens", float64(c.Expect.OracleTokens)},
		{"expect.sample_tokens", float64(c.Expect.SampleTokens)},
	} {
		if !(f.value >= 0) {
			return at(f.path, "%v is below 0", f.value)
		}
	}
	for path, share := range map[string]float64{"expect.problems": c.Expect.Problems, "expect.kept": c.Expect.Kept} {
		if !(share >= 0 && share <= 1) {
			return at(path, "%v is not within 0 to 1", share)
		}
	}
	return nil
}

func (c *Config) knows(path, model string) *problem {
	if _, ok := c.Models[model]; ok {
		return nil
	}
	return at(path, "%s", unknown(model, "model", slices.Sorted(maps.Keys(c.Models))))
}

// stageProblem finds the field in a message of a stage's Validate, which reads "stage: field: what is wrong".
func stageProblem(path string, err error) *problem {
	_, rest, ok := strings.Cut(err.Error(), ": ")
	field, what, named := strings.Cut(rest, ": ")
	if !ok || !named || strings.ContainsAny(field, " ") {
		return &problem{path, err}
	}
	if field == "base_url" {
		field = "url"
	}
	return &problem{path + "." + field, errors.New(what)}
}

// unknown says that there is no such name, and which one may be meant.
func unknown(name, what string, known []string) string {
	if name == "" {
		return fmt.Sprintf("not set: name one of the %ss", what)
	}
	text := fmt.Sprintf("there is no %s called %q", what, name)
	if near := nearest(name, known); near != "" {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) > 0 {
		return text + "; there are " + strings.Join(known, ", ")
	}
	return text
}
