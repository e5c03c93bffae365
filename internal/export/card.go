package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// gitAttributes has the hub keep rows in the storage for large files.
const gitAttributes = `*.parquet filter=lfs diff=lfs merge=lfs -text
*.jsonl filter=lfs diff=lfs merge=lfs -text
*.gz filter=lfs diff=lfs merge=lfs -text
`

// manifest is what a folder says about itself to machines.
type manifest struct {
	Tool    string         `json:"tool"`
	Options Options        `json:"options"`
	Splits  []Split        `json:"splits"`
	Files   []manifestFile `json:"files"`
}

type manifestFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// describe writes what stands beside the rows.
func (s *Set) describe(done []finished, summary Summary) error {
	download, err := s.folder.size()
	if err != nil {
		return err
	}
	card, err := s.card(done, download)
	if err != nil {
		return err
	}
	if err := s.folder.write("README.md", card); err != nil {
		return err
	}
	if err := s.folder.write(".gitattributes", []byte(gitAttributes)); err != nil {
		return err
	}
	if s.options.Format == LlamaFactory {
		text, err := indented(llamaInfo(s.options.Name, done))
		if err != nil {
			return err
		}
		if err := s.folder.write("dataset_info.json", text); err != nil {
			return err
		}
	}
	return s.writeManifest(summary)
}

func (s *Set) writeManifest(summary Summary) error {
	names, err := s.folder.files()
	if err != nil {
		return err
	}
	m := manifest{Tool: tool, Options: s.options, Splits: summary.Splits}
	for _, name := range names {
		f, err := hashed(filepath.Join(s.folder.work, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		f.Path = name
		m.Files = append(m.Files, f)
	}
	text, err := indented(m)
	if err != nil {
		return err
	}
	return s.folder.write(manifestName, text)
}

func hashed(path string) (manifestFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return manifestFile{}, err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return manifestFile{Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

func indented(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return append(text, '\n'), err
}

// llamaInfo names the sets for LLaMA-Factory.
func llamaInfo(name string, done []finished) map[string]any {
	info := map[string]any{}
	for _, d := range done {
		key := slug(name)
		if d.name != "train" {
			key += "_" + d.name
		}
		info[key] = map[string]any{
			"file_name": d.files[0], "ranking": true,
			"columns": map[string]string{"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"},
		}
	}
	return info
}

// slug is a name as LLaMA-Factory's comma-separated lists can have it.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String()
}

// card is README.md: a head for the hub and the datasets library, and what a reader wants to know.
func (s *Set) card(done []finished, download int64) ([]byte, error) {
	all := newTally()
	for _, d := range done {
		all.merge(d.tally)
	}
	head, err := yaml.Marshal(s.head(done, all, download))
	if err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "---\n%s---\n\n# %s\n\n%s\n", head, s.options.Name, s.layout.about)
	s.statistics(&b, done, all)
	return []byte(b.String()), nil
}

// head is the block of YAML.
func (s *Set) head(done []finished, all *tally, download int64) yaml.MapSlice {
	var files, splits []yaml.MapSlice
	for _, d := range done {
		files = append(files, yaml.MapSlice{{Key: "split", Value: d.name}, {Key: "path", Value: s.layout.pattern(d.name, len(d.files))}})
		splits = append(splits, yaml.MapSlice{
			{Key: "name", Value: d.name}, {Key: "num_bytes", Value: d.tally.bytes}, {Key: "num_examples", Value: d.tally.rows},
		})
	}
	return yaml.MapSlice{
		{Key: "license", Value: oneOrMany(hubLicenses(all.licenses))},
		{Key: "language", Value: []string{"en", "code"}},
		{Key: "pretty_name", Value: s.options.Name},
		{Key: "task_categories", Value: []string{"text-generation"}},
		{Key: "size_categories", Value: []string{sizeCategory(all.rows)}},
		{Key: "tags", Value: append([]string{"code", "python", "synthetic", "acecoder"}, s.layout.tags...)},
		{Key: "configs", Value: []yaml.MapSlice{{
			{Key: "config_name", Value: "default"}, {Key: "data_files", Value: files}, {Key: "default", Value: true},
		}}},
		{Key: "dataset_info", Value: yaml.MapSlice{
			{Key: "features", Value: featuresYAML(featuresOf(s.layout.schema()))},
			{Key: "splits", Value: splits},
			{Key: "download_size", Value: download},
			{Key: "dataset_size", Value: all.bytes},
		}},
	}
}

// onHub are the licenses that the hub has a name for, of those that code and data sets come under.
var onHub = []string{
	"agpl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "cc",
	"cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0",
	"cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "ecl-2.0",
	"epl-1.0", "epl-2.0", "eupl-1.1", "eupl-1.2", "gpl", "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0",
	"mit", "mpl-2.0", "ms-pl", "ncsa", "odbl", "odc-by", "osl-3.0", "pddl", "unlicense", "wtfpl", "zlib",
}

// hubLicenses are the rows' licenses as the hub knows them: other for one that it has no name for, unknown where rows
// have none.
func hubLicenses(licenses map[string]int) []string {
	var out []string
	for license := range licenses {
		name := strings.ToLower(license)
		for _, end := range []string{"-only", "-or-later"} {
			name = strings.TrimSuffix(name, end)
		}
		switch {
		case license == "":
			name = "unknown"
		case !slices.Contains(onHub, name):
			name = "other"
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		out = []string{"unknown"}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func oneOrMany(texts []string) any {
	if len(texts) == 1 {
		return texts[0]
	}
	return texts
}

// sizeCategory is the hub's word for a number of rows.
func sizeCategory(rows int) string {
	steps := []struct {
		below int
		word  string
	}{
		{1_000, "n<1K"}, {10_000, "1K<n<10K"}, {100_000, "10K<n<100K"}, {1_000_000, "100K<n<1M"}, {10_000_000, "1M<n<10M"},
	}
	for _, s := range steps {
		if rows < s.below {
			return s.word
		}
	}
	return "10M<n<100M"
}
