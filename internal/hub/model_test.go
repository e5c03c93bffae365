package hub_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/hub"
)

func TestModelFolder(t *testing.T) {
	common := map[string]string{
		"config.json": "{}", "tokenizer.json": "{}", "README.md": "# A model", "pytorch_model.bin": "pickle", "original/model.safetensors": "x",
		"onnx/config.json": "{}", ".gitattributes": "", "consolidated.safetensors": "y",
	}
	shards := map[string]string{
		"model.safetensors.index.json": "{}", "model-00001-of-00002.safetensors": "1", "model-00002-of-00002.safetensors": "2",
	}
	tests := []struct {
		name    string
		weights map[string]string
		want    string
	}{
		{"one file", map[string]string{"model.safetensors": "whole"}, "config.json model.safetensors tokenizer.json"},
		{"shards", shards, "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			files := maps.Clone(common)
			maps.Copy(files, tt.weights)
			sha := h.Put("models/o/n", files)
			folder := t.TempDir()
			got, err := newClient(t, h, cache(folder)).ModelFolder(t.Context(), ref(t, "hf:o/n"))
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(folder, "models--o--n", "snapshots", sha); got != want {
				t.Errorf("ModelFolder() = %s, want %s", got, want)
			}
			entries, err := os.ReadDir(got)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
				if text, err := os.ReadFile(filepath.Join(got, e.Name())); err != nil || string(text) != files[e.Name()] {
					t.Errorf("%s is %q, %v, want %q", e.Name(), text, err, files[e.Name()])
				}
			}
			if slices.Sort(names); strings.Join(names, " ") != tt.want {
				t.Errorf("ModelFolder() fetched %q, want %q", names, tt.want)
			}
			h.Requests()
			again, err := newClient(t, h, cache(folder), offline).ModelFolder(t.Context(), ref(t, "hf:o/n@"+sha))
			if asked := h.Requests(); err != nil || again != got || len(asked) > 0 {
				t.Errorf("ModelFolder() offline = %s, %v after %q, want %s", again, err, asked, got)
			}
		})
	}
}

func TestModelFolderRefuses(t *testing.T) {
	h := start(t)
	h.Put("o/set", map[string]string{"config.json": "{}", "model.safetensors": "x"})
	h.Put("models/o/pickle", map[string]string{"config.json": "{}", "pytorch_model.bin": "x"})
	h.Put("models/o/empty", map[string]string{"model.safetensors": "x"})
	tests := []struct{ name, ref, want string }{
		{"a data set", "hf:o/set", "no such model"},
		{"a pickle", "hf:o/pickle", "neither model.safetensors nor"},
		{"no config", "hf:o/empty", "it is no model"},
		{"a split", "hf:o/pickle:a/b", "write hf:org/name[@revision]"},
		{"a file", "hf:o/pickle/config.json", "write hf:org/name[@revision]"},
	}
	for _, tt := range tests {
		_, err := newClient(t, h, func(o *hub.Options) { o.Token = "hf_stand_in" }).ModelFolder(t.Context(), ref(t, tt.ref))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.ref) {
			t.Errorf("%s: ModelFolder(%s) = %v, want %q", tt.name, tt.ref, err, tt.want)
		}
	}
	_, err := newClient(t, h, offline).ModelFolder(t.Context(), ref(t, "hf:o/pickle"))
	if err == nil || !strings.Contains(err.Error(), "hf download --repo-type model --revision main o/pickle") {
		t.Errorf("ModelFolder() offline = %v, want how to fetch it", err)
	}
}
