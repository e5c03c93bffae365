package hub

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
)

// usual are the splits of sets whose card does not say, with the words that tell them.
var usual = []struct {
	split string
	words []string
}{
	{"train", []string{"train", "training"}},
	{"validation", []string{"validation", "valid", "dev", "val"}},
	{"test", []string{"test", "testing", "eval", "evaluation"}},
}

// between are the characters that may stand around such a word.
const between = "-._ 0123456789"

var sharded = regexp.MustCompile(`^data/([^/]*)-\d{5}-of-\d{5}[^/]*\.[^/]*$`)

// conventional finds splits as the Python library does: by shards in data/, else by the names of folders, else by
// those of files; and if nothing is named for a split, all files are train.
func conventional(names []string) ([]split, error) {
	var data []string
	for _, name := range resolve([]string{"**"}, names) {
		if isData(name) {
			data = append(data, name)
		}
	}
	if len(data) == 0 {
		return nil, errors.New("it has no file of Parquet, JSON Lines or JSON")
	}
	if splits := byShards(data); len(splits) > 0 {
		return splits, nil
	}
	if splits := byWords(data, inFolder); len(splits) > 0 {
		return splits, nil
	}
	if splits := byWords(data, inName); len(splits) > 0 {
		return splits, nil
	}
	return []split{{"train", data}}, nil
}

// byShards finds the splits of files such as data/train-00000-of-00002.parquet.
func byShards(names []string) []split {
	var splits []split
	for _, name := range names {
		m := sharded.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		i := slices.IndexFunc(splits, func(s split) bool { return s.name == m[1] })
		if i < 0 {
			i = len(splits)
			splits = append(splits, split{name: m[1]})
		}
		splits[i].files = append(splits[i].files, name)
	}
	slices.SortStableFunc(splits, func(a, b split) int { return rank(a.name) - rank(b.name) })
	return splits
}

// rank puts the usual splits first.
func rank(name string) int {
	for i, u := range usual {
		if u.split == name {
			return i
		}
	}
	return len(usual)
}

func byWords(names []string, in func(name, word string) bool) []split {
	var splits []split
	for _, u := range usual {
		s := split{name: u.split}
		for _, name := range names {
			if slices.ContainsFunc(u.words, func(word string) bool { return in(name, word) }) {
				s.files = append(s.files, name)
			}
		}
		if len(s.files) > 0 {
			splits = append(splits, s)
		}
	}
	return splits
}

// inFolder reports whether a folder above the file is named for the word.
func inFolder(name, word string) bool {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if stands(part, word, true) {
			return true
		}
	}
	return false
}

// inName reports whether the file itself is.
func inName(name, word string) bool { return stands(path.Base(name), word, false) }

// stands reports whether the word is in the text with nothing but separators beside it; whole says whether it may
// end there.
func stands(text, word string, whole bool) bool {
	for at := 0; at+len(word) <= len(text); at++ {
		end := at + len(word)
		if text[at:end] != word || (at > 0 && !strings.Contains(between, text[at-1:at])) {
			continue
		}
		if (end == len(text) && whole) || (end < len(text) && strings.Contains(between, text[end:end+1])) {
			return true
		}
	}
	return false
}
