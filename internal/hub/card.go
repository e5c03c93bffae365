package hub

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// split is a part of a data set, with its files in the order of the patterns.
type split struct {
	name  string
	files []string
}

// cardConfig is an entry of `configs:` in a card.
type cardConfig struct {
	Name    string `yaml:"config_name"`
	Default bool   `yaml:"default"`
	Folder  string `yaml:"data_dir"`
	Files   any    `yaml:"data_files"` // a pattern, a list of them, or a list of a split and its patterns
}

// splitsOf returns the splits of a config, from the card where it says, else from the names of the files.
func splitsOf(card, config string, names []string) ([]split, error) {
	configs, err := readCard(card)
	if err != nil {
		return nil, err
	}
	if len(configs) == 0 {
		if config != "" && config != "default" {
			return nil, fmt.Errorf("its card names no configs, so there is no %q", config)
		}
		return conventional(names)
	}
	chosen, err := chooseConfig(configs, config)
	if err != nil {
		return nil, err
	}
	below := names
	if folder := strings.Trim(path.Clean(chosen.Folder), "/"); chosen.Folder != "" && folder != "." {
		below = nil
		for _, name := range names {
			if strings.HasPrefix(name, folder+"/") {
				below = append(below, name)
			}
		}
	}
	if chosen.Files == nil {
		return conventional(below)
	}
	patterns, err := readPatterns(chosen.Files)
	if err != nil {
		return nil, fmt.Errorf("README.md: config %s: data_files: %w", chosen.Name, err)
	}
	var splits []split
	for _, p := range patterns {
		if chosen.Folder != "" {
			for i := range p.files {
				p.files[i] = path.Join(chosen.Folder, p.files[i])
			}
		}
		splits = append(splits, split{p.name, resolve(p.files, names)})
	}
	return splits, nil
}

// readCard reads the configs out of the block of YAML at a card's head.
func readCard(card string) ([]cardConfig, error) {
	lines := strings.Split(strings.ReplaceAll(card, "\r\n", "\n"), "\n")
	if lines[0] != "---" {
		return nil, nil
	}
	end := slices.Index(lines[1:], "---")
	if end < 0 {
		return nil, nil
	}
	var head struct {
		Configs []cardConfig `yaml:"configs"`
	}
	if err := yaml.Unmarshal([]byte(strings.Join(lines[1:end+1], "\n")), &head); err != nil {
		return nil, fmt.Errorf("README.md: its YAML: %w", err)
	}
	for _, c := range head.Configs {
		if c.Name == "" {
			return nil, errors.New("README.md: configs: one has no config_name")
		}
	}
	return head.Configs, nil
}

// chooseConfig returns the config of the name, or the default one.
func chooseConfig(configs []cardConfig, name string) (cardConfig, error) {
	var names []string
	for _, c := range configs {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	if name != "" {
		return cardConfig{}, fmt.Errorf("it has no config %q; its configs: %s", name, strings.Join(names, ", "))
	}
	for _, c := range configs {
		if len(configs) == 1 || c.Name == "default" || c.Default {
			return c, nil
		}
	}
	return cardConfig{}, fmt.Errorf("it has several configs and none is the default; name one after a colon: %s", strings.Join(names, ", "))
}

// chooseSplit returns the split of the name, or the only one.
func chooseSplit(splits []split, name string) (split, error) {
	var names []string
	for _, s := range splits {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	switch {
	case name != "":
		return split{}, fmt.Errorf("it has no split %q; its splits: %s", name, strings.Join(names, ", "))
	case len(splits) == 1:
		return splits[0], nil
	}
	return split{}, fmt.Errorf("it has several splits; name one as in hf:org/name:/%s: %s", names[0], strings.Join(names, ", "))
}

// readPatterns reads the forms that data_files may have.
func readPatterns(value any) ([]split, error) {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	plain := split{name: "train"}
	var splits []split
	for _, item := range list {
		switch item := item.(type) {
		case string:
			plain.files = append(plain.files, item)
		case map[string]any:
			name, isText := item["split"].(string)
			files, err := texts(item["path"])
			if !isText || err != nil {
				return nil, errors.New("an entry is not of the form {split, path}")
			}
			splits = append(splits, split{name, files})
		default:
			return nil, fmt.Errorf("an entry is %v, want a pattern or {split, path}", item)
		}
	}
	if len(plain.files) > 0 {
		splits = append(splits, plain)
	}
	if len(splits) == 0 {
		return nil, errors.New("there are none")
	}
	return splits, nil
}

// texts reads a text or a list of them.
func texts(value any) ([]string, error) {
	if text, ok := value.(string); ok {
		return []string{text}, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, errors.New("neither a text nor a list of them")
	}
	var out []string
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, errors.New("not all are texts")
		}
		out = append(out, text)
	}
	return out, nil
}
