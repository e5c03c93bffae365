package hub_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

// start starts a stand-in.
func start(t *testing.T) *hubtest.Hub {
	t.Helper()
	h := hubtest.Start()
	t.Cleanup(h.Stop)
	return h
}

// newClient returns a client of the stand-in with a cache of its own, without a token.
func newClient(t *testing.T, h *hubtest.Hub, change ...func(*hub.Options)) *hub.Client {
	t.Helper()
	for _, name := range []string{"HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT", "HUGGINGFACE_HUB_CACHE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HF_HOME", t.TempDir())
	o := hub.Options{Endpoint: h.URL}
	for _, c := range change {
		c(&o)
	}
	c := hub.New(o)
	c.Hurry()
	return c
}

func withToken(o *hub.Options) { o.Token = hubtest.Token }

func ref(t *testing.T, text string) hub.Ref {
	t.Helper()
	r, err := hub.ParseRef(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// names are the paths in the repository of files in the cache.
func names(t *testing.T, paths []string) string {
	t.Helper()
	var out []string
	for _, p := range paths {
		if _, err := os.ReadFile(p); err != nil {
			t.Errorf("a path that cannot be read: %v", err)
		}
		_, inside, _ := strings.Cut(filepath.ToSlash(p), "/snapshots/")
		_, name, _ := strings.Cut(inside, "/")
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// files makes a set of files whose content does not matter.
func files(list string) map[string]string {
	m := map[string]string{}
	for name := range strings.FieldsSeq(list) {
		m[name] = "{}"
	}
	return m
}

func TestDatasetFiles(t *testing.T) {
	const twoConfigs = `---
license: mit
configs:
- config_name: small
  data_files:
  - split: train
    path: small/train-*
  - split: test
    path:
    - small/b-*
    - small/a-*
- config_name: full
  default: true
  data_files: full/*.jsonl
---
# A set
`
	tests := []struct {
		name, card, files, ref string
		want                   string // the files, or after "!" a part of the error
	}{
		{"one file of rows is train", "", "rows.jsonl .gitattributes", "hf:o/n", "rows.jsonl"},
		{"shards in data", "", "data/train-00001-of-00002.parquet data/train-00000-of-00002.parquet", "hf:o/n", "data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet"},
		{"shards of any split", "", "data/rl-00000-of-00001.parquet data/train-00000-of-00001.parquet", "hf:o/n:/rl", "data/rl-00000-of-00001.parquet"},
		{"several splits and none asked for", "", "train.jsonl test.jsonl", "hf:o/n", "!several splits; name one as in hf:org/name:/train: train, test"},
		{"a split by the file's name", "", "a_dev.json my-train.json eval.0.json", "hf:o/n:/validation", "a_dev.json"},
		{"a word inside a word is no split", "", "contested.json latest.json", "hf:o/n", "contested.json latest.json"},
		{"a split by the folder's name", "", "train/x.json test/x.json test/.hidden/y.json test/__pycache__/z.json", "hf:o/n:/test", "test/x.json"},
		{"files beside the data", "", "README.md dataset_info.json sub/config.json train.json", "hf:o/n", "train.json"},
		{"a split that is not there", "", "train.json", "hf:o/n:/test", `!it has no split "test"; its splits: train`},
		{"a config without a card", "", "train.json", "hf:o/n:other", `!its card names no configs, so there is no "other"`},
		{"the name default without a card", "", "train.json", "hf:o/n:default", "train.json"},
		{"other formats only", "", "train.csv", "hf:o/n", "!no file of Parquet, JSON Lines or JSON"},
		{"no files", "", "", "hf:o/n", "!no file of Parquet"},

		{"the default config", twoConfigs, "full/a.jsonl full/b.csv small/train-0.json", "hf:o/n", "full/a.jsonl"},
		{"a named config and split", twoConfigs, "small/a-0.json small/b-0.json small/b-1.json.gz", "hf:o/n:small/test", "small/b-0.json small/b-1.json.gz small/a-0.json"},
		{"a config that is not there", twoConfigs, "full/a.jsonl", "hf:o/n:big", `!it has no config "big"; its configs: small, full`},
		{"a split without files", twoConfigs, "full/a.jsonl", "hf:o/n:small/train", "!no file is in split train"},
		{"a split of other formats", twoConfigs, "small/train-0.csv", "hf:o/n:small/train", "!small/train-0.csv is in split train, and only Parquet"},
		{"no default config", strings.Replace(twoConfigs, "  default: true\n", "", 1), "full/a.jsonl", "hf:o/n", "!name one after a colon: small, full"},
		{"Windows lines", strings.ReplaceAll(twoConfigs, "\n", "\r\n"), "full/a.jsonl", "hf:o/n", "full/a.jsonl"},
		{"a folder of a config", "---\nconfigs:\n- config_name: c\n  data_dir: d/\n---\n", "d/test.json d/train.json test.json", "hf:o/n:c/test", "d/test.json"},
		{"patterns below a folder", "---\nconfigs:\n- config_name: c\n  data_dir: d\n  data_files: [\"*.json\"]\n---\n", "d/a.json a.json", "hf:o/n", "d/a.json"},
		{"a card without a block", "# A set\n---\nconfigs: 7\n---\n", "a.json", "hf:o/n", "a.json"},
		{"a block that never ends", "---\nconfigs:\n", "a.json", "hf:o/n", "a.json"},
		{"broken YAML", "---\nconfigs: [\n---\n", "a.json", "hf:o/n", "!README.md: its YAML"},
		{"a config without a name", "---\nconfigs:\n- data_files: a.json\n---\n", "a.json", "hf:o/n", "!one has no config_name"},
		{"data_files of no form", "---\nconfigs:\n- config_name: c\n  data_files:\n  - split: a\n---\n", "a.json", "hf:o/n", "!config c: data_files: an entry is not of the form"},
		{"data_files that are a number", "---\nconfigs:\n- config_name: c\n  data_files: 7\n---\n", "a.json", "hf:o/n", "!want a pattern"},

		{"a path", "", "data/a.json data/b.json", "hf:o/n/data/b.json", "data/b.json"},
		{"a star stays in its folder", "", "data/a.json data/sub/b.json", "hf:o/n/data/*", "data/a.json"},
		{"two stars do not", "", "data/a.json data/sub/b.json data/sub/sub/c.jsonl", "hf:o/n/data/**/*.json", "data/a.json data/sub/b.json"},
		{"two stars at the end", "", "data/a.json data/sub/b.json", "hf:o/n/**", "data/a.json data/sub/b.json"},
		{"one of some characters", "", "a1.json a2.json ab.json a/.json", "hf:o/n/a[0-9].json", "a1.json a2.json"},
		{"none of some characters", "", "a1.json ab.json", "hf:o/n/a[!0-9].json", "ab.json"},
		{"a bracket that is not closed", "", "a[1.json a1.json", "hf:o/n/a[1.json", "a[1.json"},
		{"a range that is none", "", "a1.json", "hf:o/n/a[z-a].json", "!no file matches a[z-a].json"},
		{"one character", "", "a1.json a12.json ä.json", "hf:o/n/?.json", "ä.json"},
		{"a file that stands beside the data, by name", "", "sub/dataset_info.json", "hf:o/n/sub/dataset_info.json", "sub/dataset_info.json"},
		{"a hidden file, by name", "", ".cache/a.json", "hf:o/n/.cache/*.json", ".cache/a.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			content := files(tt.files)
			if tt.card != "" {
				content["README.md"] = tt.card
			}
			h.Put("o/n", content)
			paths, err := newClient(t, h).DatasetFiles(t.Context(), ref(t, tt.ref))
			if part, isError := strings.CutPrefix(tt.want, "!"); isError {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("DatasetFiles(%s) = %v, %v, want an error with %q", tt.ref, paths, err, part)
				}
				return
			}
			if got := names(t, paths); err != nil || got != tt.want {
				t.Errorf("DatasetFiles(%s) = %q, %v, want %q", tt.ref, got, err, tt.want)
			}
		})
	}
}

// FuzzCard holds that no card makes files out of nothing, and that patterns of any form are survived.
func FuzzCard(f *testing.F) {
	for _, card := range []string{
		"", "---\nconfigs:\n- config_name: c\n  data_files: \"[!a-]*\"\n---\n",
		"---\nconfigs:\n- config_name: c\n  data_dir: ../d\n  data_files:\n  - split: a\n    path: [\"**/[z-a]\", '[]]']\n---\n",
		"---\nconfigs: {a: 1}\n---\n", "---\n- 1\n---\n", "---\n&a [*a]\n---\n",
	} {
		f.Add(card)
	}
	there := []string{"README.md", "data/train-00000-of-00001.parquet", "d/[x].json", "ü/test.jsonl"}
	f.Fuzz(func(t *testing.T, card string) {
		got, err := hub.FilesOf(card, "", there)
		if err != nil {
			return
		}
		for _, name := range got {
			if !slices.Contains(there, name) {
				t.Errorf("FilesOf(%q) has %q, which is no file of the set", card, name)
			}
		}
	})
}
