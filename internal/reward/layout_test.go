package reward_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/train"
)

func options(t *testing.T) reward.Options {
	t.Helper()
	return reward.Options{Device: device(t), DType: dtypes.Float32, Seed: 4}
}

// saved is a reward model with a bias, made from a causal one and saved in a layout.
func saved(t *testing.T, tied bool, layout reward.Layout) (dir string, m *reward.Model) {
	t.Helper()
	base, cfg := folder(t, tied)
	m, err := reward.Begin(base, options(t))
	if err != nil {
		t.Fatal(err)
	}
	m.Head = head(cfg.Hidden, 0.625)
	m.Info.Scores = &reward.Scores{Texts: 8, Mean: 0.1, Std: 2.5, Clip: 10}
	dir = filepath.Join(t.TempDir(), string(layout))
	if _, err := m.Save(dir, reward.SaveOptions{Layout: layout, DType: dtypes.Float32}); err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// From each layout to each other and back, and each scores as the model did that was saved.
func TestLayouts(t *testing.T) {
	all := texts(6, 20, 8)
	for _, tied := range []bool{true, false} {
		start, m := saved(t, tied, reward.LLaMAFactory)
		want, before := score(t, m, 64, all), files(t, start)
		if before["v_head.summary.bias"] == "" || !strings.HasPrefix(before["v_head.summary.weight"], "value_head.safetensors F32 ") {
			t.Fatalf("the head is not in value_head.safetensors: %v", slices.Sorted(maps.Keys(before)))
		}
		for _, name := range reward.Layouts() {
			layout := reward.Layout(name)
			there, back := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "back")
			if _, err := reward.Convert(start, there, layout, false); err != nil {
				t.Fatal(err)
			}
			d, err := reward.Inspect(there)
			if err != nil || d.Layout != layout || d.Bias != 0.625 || d.Info.Scores == nil || d.Info.Scores.Std != 2.5 || d.Info.Template != "acecode" {
				t.Errorf("Inspect = %+v, %v; want %s with its bias and its figures", d, err, layout)
			}
			opened, err := reward.Open(there, options(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := score(t, opened, 64, all); !slices.Equal(got, want) {
				t.Errorf("%s scores %v, want %v", name, got, want)
			}
			if _, err := reward.Convert(there, back, reward.LLaMAFactory, false); err != nil {
				t.Fatal(err)
			}
			after := files(t, back)
			expected := maps.Clone(before)
			if name == "hf" || name == "openrlhf" {
				delete(expected, "lm_head.weight") // it is said
			}
			if !maps.Equal(expected, after) {
				t.Errorf("%s and back, tied %v: %v, want the same bytes as %v", name, tied, slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(expected)))
			}
		}
	}
}

// What a conversion loses is said.
func TestNotes(t *testing.T) {
	start, _ := saved(t, false, reward.AceCodeRM)
	convert := func(from string, layout reward.Layout) (string, string) {
		to := filepath.Join(t.TempDir(), "to")
		notes, err := reward.Convert(from, to, layout, false)
		if err != nil {
			t.Fatal(err)
		}
		return to, strings.Join(notes, "\n")
	}
	hf, notes := convert(start, reward.HF)
	if !strings.Contains(notes, "lower by 0.625") || !strings.Contains(notes, "lm_head.weight is left out") {
		t.Errorf("to hf: %q", notes)
	}
	if _, notes = convert(hf, reward.LLaMAFactory); !strings.Contains(notes, "lm_head.weight is not there") {
		t.Errorf("from hf: %q", notes)
	}
	if _, notes = convert(start, reward.LLaMAFactory); notes != "" {
		t.Errorf("from acecoderm to llamafactory: %q, want nothing", notes)
	}
}

// config.json says what other programs look for, and keeps what was in it.
func TestConfig(t *testing.T) {
	for layout, want := range map[reward.Layout]map[string]string{
		reward.HF: {
			"architectures": `["Qwen2ForSequenceClassification"]`, "num_labels": "1", "id2label": `{"0":"LABEL_0"}`, "pad_token_id": "0",
			"hidden_size": "16", "mean": "0.1",
		},
		reward.OpenRLHF:     {"value_head_prefix": `"score"`, "mean": "0.1", "std": "2.5"},
		reward.AceCodeRM:    {"architectures": `["Qwen2ForCausalLM"]`, "num_labels": ""},
		reward.LLaMAFactory: {"architectures": `["Qwen2ForCausalLM"]`, "value_head_prefix": ""},
	} {
		dir, m := saved(t, true, layout)
		want["pad_token_id"] = jsonOf(t, m.Tokenizer.Marks().PAD[0].ID)
		text, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			got := ""
			if field, ok := fields[name]; ok {
				got = jsonOf(t, field)
			}
			if got != value {
				t.Errorf("%s: %s is %s, want %s", layout, name, got, value)
			}
		}
	}
}

// What config.json says of one layout is not left in another.
func TestConfigOfAnotherLayout(t *testing.T) {
	start, _ := saved(t, true, reward.OpenRLHF)
	for layout, gone := range map[reward.Layout][]string{
		reward.HF:           {"value_head_prefix"},
		reward.LLaMAFactory: {"value_head_prefix", "num_labels", "id2label", "label2id"},
	} {
		to := filepath.Join(t.TempDir(), "to")
		if _, err := reward.Convert(start, to, layout, false); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(to, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range gone {
			if strings.Contains(string(text), name) {
				t.Errorf("openrlhf to %s: config.json still has %s", layout, name)
			}
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestModelsThatAreRefused(t *testing.T) {
	base, _ := folder(t, true)
	if _, err := reward.Open(base, options(t)); !errors.Is(err, reward.ErrNoHead) {
		t.Errorf("a model without a head: error %v, want ErrNoHead", err)
	}
	if _, err := reward.Inspect(base); !errors.Is(err, reward.ErrNoHead) {
		t.Errorf("Inspect of a model without a head: error %v, want ErrNoHead", err)
	}
	if _, err := reward.Convert(base, filepath.Join(t.TempDir(), "x"), reward.HF, false); !errors.Is(err, reward.ErrNoHead) {
		t.Errorf("Convert of a model without a head: error %v, want ErrNoHead", err)
	}
	good, m := saved(t, true, reward.HF)
	if _, err := reward.Convert(good, filepath.Join(t.TempDir(), "x"), "other", false); err == nil || !strings.Contains(err.Error(), "known are hf, openrlhf") {
		t.Errorf("another layout: error %v", err)
	}
	o := options(t)
	o.Form = "chat"
	if _, err := reward.Open(good, o); err == nil || !strings.Contains(err.Error(), "texts of the template acecode, and chat is asked for") {
		t.Errorf("another template: error %v", err)
	}
	if err := os.WriteFile(filepath.Join(good, "chat_template.jinja"), []byte("{% for m in messages %}{{ m.content }}{% endfor %}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := reward.Open(good, options(t)); err == nil || !strings.Contains(err.Error(), "its chat template is another") {
		t.Errorf("another chat template: error %v", err)
	}

	wide := filepath.Join(t.TempDir(), "wide")
	m.Head = head(8, 0)
	if _, err := m.Save(wide, reward.SaveOptions{Layout: reward.AceCodeRM, DType: dtypes.Float32}); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"Open":    func() error { _, err := reward.Open(wide, options(t)); return err },
		"Begin":   func() error { _, err := reward.Begin(wide, options(t)); return err },
		"Convert": func() error { _, err := reward.Convert(wide, wide+"2", reward.HF, false); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "v_head.summary.weight has shape [1 8], want [1 16]") {
			t.Errorf("%s with a head of another width: error %v", name, err)
		}
	}
}

// A model that is trained, saved in bfloat16 and loaded again scores what it did.
func TestSaveKeepsScores(t *testing.T) {
	base, _ := folder(t, false)
	o := options(t)
	o.DType = dtypes.BFloat16
	m, err := reward.Begin(base, o)
	if err != nil {
		t.Fatal(err)
	}
	l := reward.Loss{Center: 0.01}
	tr := trainer(t, m, l, train.Options{Compute: dtypes.BFloat16})
	walk(t, tr, reward.NewBatch(l, m.Hidden, 1, pairs(16)), 3, 8)
	now, err := m.Trained(tr)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.NewScorer(32, 256)
	if err != nil {
		t.Fatal(err)
	}
	all := texts(10, 20, 3)
	want, err := s.Score(t.Context(), now, all)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "trained")
	if _, err := now.Save(dir, reward.SaveOptions{Layout: reward.HF, DType: dtypes.BFloat16}); err != nil {
		t.Fatal(err)
	}
	opened, err := reward.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, opened, 256, all); !slices.Equal(got, want) {
		t.Errorf("loaded it scores %v, before %v", got, want)
	}
	if b := tensors.MustCopyFlatData[float32](opened.Head.Bias)[0]; b == 0 {
		t.Error("center trains the bias, and it is 0")
	}
}

// LLaMA-Factory may put pretrained_model. before the trunk's names.
func TestWrappedNames(t *testing.T) {
	start, m := saved(t, true, reward.AceCodeRM)
	f, err := checkpoint.Open(start)
	if err != nil {
		t.Fatal(err)
	}
	var p checkpoint.Parts
	p.Config = f.Text
	for _, w := range f.Config.Weights() {
		s, err := f.Source(w.Name, "pretrained_model."+w.Name)
		if err != nil {
			t.Fatal(err)
		}
		p.Weights = append(p.Weights, s)
	}
	for _, name := range []string{"v_head.summary.weight", "v_head.summary.bias"} {
		s, err := f.Source(name, name)
		if err != nil {
			t.Fatal(err)
		}
		p.Weights = append(p.Weights, s)
	}
	wrapped := filepath.Join(t.TempDir(), "wrapped")
	if err := errors.Join(checkpoint.SaveParts(wrapped, p, checkpoint.SaveOptions{From: start}), f.Close()); err != nil {
		t.Fatal(err)
	}
	opened, err := reward.Open(wrapped, options(t))
	if err != nil {
		t.Fatal(err)
	}
	all := texts(3, 20, 8)
	if got, want := score(t, opened, 64, all), score(t, m, 64, all); !slices.Equal(got, want) {
		t.Errorf("it scores %v, want %v", got, want)
	}
}
