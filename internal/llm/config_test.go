package llm_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/acecoder/acecoder/internal/llm"
)

func TestConfigValidate(t *testing.T) {
	for want, change := range map[string]func(*llm.Config){
		"":                                 func(*llm.Config) {},
		`base_url: "localhost:8000" is no`: func(c *llm.Config) { c.BaseURL = "localhost:8000" },
		`base_url: "ftp://x/v1" is no`:     func(c *llm.Config) { c.BaseURL = "ftp://x/v1" },
		`base_url: "http://%" is no`:       func(c *llm.Config) { c.BaseURL = "http://%" },
		"concurrency: -1 is below 1":       func(c *llm.Config) { c.Concurrency = -1 },
		"requests_per_minute: -1":          func(c *llm.Config) { c.RequestsPerMinute = -1 },
		"tokens_per_minute: -1":            func(c *llm.Config) { c.TokensPerMinute = -1 },
		"timeout: -1":                      func(c *llm.Config) { c.Timeout = -1 },
		"max_attempts: -1":                 func(c *llm.Config) { c.MaxAttempts = -1 },
		"prices.prompt: NaN":               func(c *llm.Config) { c.Prices.Prompt = math.NaN() },
		"prices.completion: -1":            func(c *llm.Config) { c.Prices.Completion = -1 },
		`max_tokens_field: "tokens" is`:    func(c *llm.Config) { c.MaxTokensField = "tokens" },
		`server_n: "maybe" is none`:        func(c *llm.Config) { c.ServerN = "maybe" },
		`prefix: "never" is neither`:       func(c *llm.Config) { c.Prefix = "never" },
	} {
		cfg := llm.Config{BaseURL: "http://localhost:8000/v1"}
		change(&cfg)
		_, err := llm.New(cfg)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("New: %v, want an error with %q", err, want)
		}
	}
}

// TestConfigIsWritten: it is a part of configuration files and of what is kept of a run, without the key.
func TestConfigIsWritten(t *testing.T) {
	var cfg llm.Config
	const text = "base_url: http://x/v1\ntimeout: 90s\nserver_n: never\nprices: {prompt: 0.15, completion: 0.6}\nmax_tokens_field: auto\n"
	if err := yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if cfg.Timeout != 90*time.Second || cfg.ServerN != llm.ServerNNever || cfg.Prices.Completion != 0.6 || cfg.MaxTokensField != llm.MaxTokensAuto {
		t.Errorf("the configuration is read as %+v", cfg)
	}
	cfg.APIKey = "secret"
	data, err := json.Marshal(cfg)
	if err != nil || strings.Contains(string(data), "secret") {
		t.Errorf("the configuration is written as %s, %v", data, err)
	}
}
