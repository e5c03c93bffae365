package hub

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// prefix begins every reference to the hub; without it a name is that of a local file.
const prefix = "hf:"

// Ref names files of a data set: those of a split, or those that match a pattern.
type Ref struct {
	Repo     string // org/name; old sets have no org
	Revision string // a branch, a tag or a commit; empty: main
	Config   string // empty: the set's default one
	Split    string // empty: the config's only one
	Pattern  string // files by their path, in place of config and split; * stays within a folder, ** does not
}

// IsRef reports whether a name is meant to be a reference to the hub, sound or not.
func IsRef(text string) bool { return strings.HasPrefix(text, prefix) }

// repoName is what the hub takes as a part of a repository's name.
var repoName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$`)

// ParseRef reads a reference, which has one of these forms:
//
//	hf:org/name                        the default config, if it has one split
//	hf:org/name:config                 another config
//	hf:org/name:config/split           one split of it
//	hf:org/name:/split                 one split of the default config
//	hf:org/name/data/train-*.parquet   the files of this path or pattern
//
// In each, @revision may follow the name: hf:org/name@v1.0:config. A slash inside a revision is written %2F, but
// for refs/pr/1 and refs/convert/parquet. Sets without an org, such as hf:mbpp, take no pattern.
func ParseRef(text string) (Ref, error) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return Ref{}, fmt.Errorf("reference %.100q: does not begin with %s", text, prefix)
	}
	r, err := parseRef(rest)
	if err != nil {
		return Ref{}, fmt.Errorf("reference %.100q: %w; write hf:org/name[@revision][:config[/split]] or hf:org/name[@revision]/pattern", text, err)
	}
	return r, nil
}

func parseRef(text string) (Ref, error) {
	var r Ref
	r.Repo, text = cutRepo(text)
	if err := checkRepo(r.Repo); err != nil {
		return r, err
	}
	var err error
	if after, ok := strings.CutPrefix(text, "@"); ok {
		if r.Revision, text, err = cutRevision(after); err != nil {
			return r, err
		}
	}
	switch {
	case text == "":
		return r, nil
	case text[0] == ':':
		return r, r.parseConfig(text[1:])
	}
	r.Pattern = text[1:] // text begins with the slash that ended the name or the revision
	return r, checkPattern(r.Pattern)
}

// cutRepo splits the name, of one or two parts, from what follows it.
func cutRepo(text string) (repo, rest string) {
	end := strings.IndexAny(text, "@:")
	if end < 0 {
		end = len(text)
	}
	if first := strings.IndexByte(text[:end], '/'); first >= 0 {
		if second := strings.IndexByte(text[first+1:end], '/'); second >= 0 {
			end = first + 1 + second
		}
	}
	return text[:end], text[end:]
}

func checkRepo(repo string) error {
	parts := strings.Split(repo, "/")
	for _, part := range parts {
		switch {
		case part == "":
			return fmt.Errorf("the name %.100q has an empty part", repo)
		case !repoName.MatchString(part), strings.Contains(part, "--"), strings.Contains(part, ".."),
			strings.HasSuffix(part, "."), strings.HasSuffix(part, "-"), strings.HasSuffix(part, ".git"):
			return fmt.Errorf("%.100q cannot be part of a name on the hub", part)
		}
	}
	return nil
}

// specialRevision are the revisions whose slashes need no escape.
var specialRevision = regexp.MustCompile(`^refs/(?:pr/[0-9]+|convert/[A-Za-z0-9_-]+)`)

func cutRevision(text string) (revision, rest string, err error) {
	if special := specialRevision.FindString(text); special != "" {
		return special, text[len(special):], nil
	}
	end := strings.IndexAny(text, ":/")
	if end < 0 {
		end = len(text)
	}
	revision, err = url.PathUnescape(text[:end])
	if err != nil {
		return "", "", fmt.Errorf("revision %.100q: %w", text[:end], err)
	}
	return revision, text[end:], checkRevision(revision)
}

// checkRevision keeps out what could not be a file's name below the cache's refs.
func checkRevision(revision string) error {
	if revision == "" {
		return fmt.Errorf("the revision after @ is empty")
	}
	if !soundPath(revision) || strings.ContainsAny(revision, " ~^:?*[\\") {
		return fmt.Errorf("%.100q cannot be a revision", revision)
	}
	return nil
}

func (r *Ref) parseConfig(text string) error {
	r.Config, r.Split, _ = strings.Cut(text, "/")
	switch {
	case r.Config == "" && r.Split == "":
		return fmt.Errorf("there is neither config nor split after the colon")
	case strings.HasSuffix(text, "/"):
		return fmt.Errorf("the split after the slash is empty")
	case !splitName.MatchString(r.Split):
		return fmt.Errorf("%.100q cannot be a split", r.Split)
	case strings.ContainsAny(r.Config, "@:"):
		return fmt.Errorf("%.100q cannot be a config; the revision stands before it", r.Config)
	}
	return nil
}

var splitName = regexp.MustCompile(`^[\w.]*$`)

func checkPattern(pattern string) error {
	if !soundPath(pattern) {
		return fmt.Errorf("%.100q cannot be a path in a repository", pattern)
	}
	if strings.Contains(pattern, "@") {
		return fmt.Errorf("the pattern %.100q has an @; the revision stands before it", pattern)
	}
	return nil
}

// soundPath reports whether a path with slashes stays below the folder that it is put in.
func soundPath(name string) bool {
	return name != "" && name == path.Clean(name) && name != "." && name[0] != '/' &&
		name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\x00\\")
}

// String returns the reference in the form that ParseRef reads.
func (r Ref) String() string {
	text := prefix + r.Repo
	if r.Revision != "" {
		revision := r.Revision
		if specialRevision.FindString(revision) != revision {
			revision = strings.ReplaceAll(url.PathEscape(revision), ":", "%3A")
		}
		text += "@" + revision
	}
	switch {
	case r.Pattern != "":
		return text + "/" + r.Pattern
	case r.Split != "":
		return text + ":" + r.Config + "/" + r.Split
	case r.Config != "":
		return text + ":" + r.Config
	}
	return text
}

// revision is the one that is meant.
func (r Ref) revision() string {
	if r.Revision == "" {
		return "main"
	}
	return r.Revision
}
