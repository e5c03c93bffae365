package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/store"
	"github.com/acecoder/acecoder/internal/template"
	"github.com/acecoder/acecoder/internal/verify"
)

// input is a file or folder that the run reads, and what was in it.
type input struct {
	Path string `json:"path"`
	Hash string `json:"hash"`
}

// YAML writes the configuration as it was resolved. It holds no secrets: keys are in the environment and only their
// variables are named.
func (c *Config) YAML() ([]byte, error) {
	text, err := yaml.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	return text, nil
}

// stages are the run's stages with all that their results depend on, and the inputs that the first one reads.
func (c *Config) stages(ctx context.Context, python sandbox.Python) ([]store.Stage, []input, error) {
	if err := c.identify(); err != nil {
		return nil, nil, err
	}
	inputs, seedInputs, err := c.inputs(ctx)
	if err != nil {
		return nil, nil, err
	}
	prompts := map[string]string{}
	for name, path := range map[string]string{stageOracle: c.Oracle.Prompt, stageSample: c.Sample.Prompt} {
		p, err := template.Sample(path)
		if err != nil {
			return nil, nil, err
		}
		prompts[name] = p.Hash()
	}
	p, err := template.Synth(c.Synth.Prompt)
	if err != nil {
		return nil, nil, err
	}
	prompts[stageSynth] = p.Hash()
	engine := verify.Version + " " + python.Build
	asking := func(stage string, a Asking) map[string]any {
		a.Prompt = prompts[stage]
		return map[string]any{"config": a, "asked of": c.identities(a.Models), "shown": c.Filter.Shown}
	}
	c2 := c.Synth
	c2.Prompt = prompts[stageSynth]
	var all []store.Stage
	key := ""
	for _, s := range []struct {
		name   string
		params any
	}{
		{stageSeed, map[string]any{"sources": seedInputs, "config": c.Seed}},
		{stageSynth, map[string]any{"config": c2, "asked of": c.identities([]string{c.Synth.Model})}},
		{stageOracle, asking(stageOracle, c.Oracle)},
		{stageFilter, map[string]any{"config": c.Filter, "engine": engine}},
		{stageSample, asking(stageSample, c.Sample)},
		{stageScore, map[string]any{"config": c.Score, "engine": engine}},
		{stagePairs, map[string]any{"config": c.Pairs}},
		{stageHard, map[string]any{"config": c.Hard}},
	} {
		params, err := json.Marshal(s.params)
		if err != nil {
			return nil, nil, fmt.Errorf("stage %s: %w", s.name, err)
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", key, s.name, params))
		key = hex.EncodeToString(sum[:])
		all = append(all, store.Stage{Name: s.name, Key: key, Params: params})
	}
	return all, inputs, nil
}

// identities are what makes the models' answers what they are: not where they are asked, and not at what price.
func (c *Config) identities(aliases []string) []string {
	var all []string
	for _, alias := range aliases {
		m := c.Models[alias]
		all = append(all, strings.TrimSuffix(m.Model+"@"+m.Revision, "@"))
	}
	return all
}

// inputs hashes what the seeds' stage reads: the sources, with what says how to read them, and the benchmarks.
func (c *Config) inputs(ctx context.Context) (all []input, params []any, err error) {
	for _, s := range c.Seeds {
		hash, err := hashInput(ctx, s.In)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, input{s.In, hash})
		s.In = hash // where it lies does not matter
		params = append(params, s)
	}
	for _, path := range c.Seed.Benchmarks {
		hash, err := hashInput(ctx, path)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, input{path, hash})
		params = append(params, hash)
	}
	return all, params, nil
}

// hashInput hashes a file's bytes, or the names and bytes of a folder's Python files. What is on the hub is known by its
// reference: its revision says what it is.
func hashInput(ctx context.Context, path string) (string, error) {
	if isHub(path) {
		return path, nil
	}
	h := sha256.New()
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !d.Type().IsRegular() || name != path && !strings.HasSuffix(name, ".py"):
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		relative, _ := filepath.Rel(path, name)
		fmt.Fprintf(h, "%d:%s", len(relative), relative)
		_, err = io.Copy(h, f)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
