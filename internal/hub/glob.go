package hub

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// ignored are files that stand beside the data.
var ignored = []string{
	"README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json",
}

// resolve returns the files that the patterns match, those of the first pattern first. A file that belongs beside
// the data, is hidden, or lies in a folder that begins with __, counts only for a pattern that names it.
func resolve(patterns, names []string) []string {
	var out []string
	taken := map[string]bool{}
	for _, pattern := range patterns {
		match := glob(strings.TrimPrefix(pattern, "./"))
		for _, name := range names {
			switch {
			case taken[name], !match.MatchString(name),
				slices.Contains(ignored, path.Base(name)) && path.Base(pattern) != path.Base(name),
				special(name, ".") != special(pattern, "."),
				special(path.Dir(name), "__") != special(path.Dir(pattern), "__"):
				continue
			}
			taken[name] = true
			out = append(out, name)
		}
	}
	return out
}

// special counts the parts of a path that begin with the mark; . and .. are no names.
func special(name, mark string) int {
	n := 0
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, mark) && strings.Trim(part, ".") != "" {
			n++
		}
	}
	return n
}

// glob compiles a pattern: * and ? stay within a part of the path, ** is any number of parts, [ ] one of some
// characters. A bracket that is not closed stands for itself.
func glob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s)^")
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "**" && last:
			b.WriteString(".*")
		case part == "**":
			b.WriteString("(?:.*/)?")
		default:
			b.WriteString(globPart(part))
			if !last {
				b.WriteByte('/')
			}
		}
	}
	b.WriteByte('$')
	compiled, err := regexp.Compile(b.String())
	if err != nil { // a range such as [z-a], which matches nothing
		return regexp.MustCompile(`[^\s\S]`)
	}
	return compiled
}

func globPart(part string) string {
	var b strings.Builder
	for len(part) > 0 {
		if n := closing(part); n > 0 {
			inside := part[1:n]
			negated := inside[0] == '!'
			inside = strings.TrimPrefix(inside, "!")
			b.WriteByte('[')
			if negated {
				b.WriteString("^/")
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(inside))
			b.WriteByte(']')
			part = part[n+1:]
			continue
		}
		switch part[0] {
		case '*':
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		default:
			b.WriteString(regexp.QuoteMeta(part[:1]))
		}
		part = part[1:]
	}
	return b.String()
}

// closing returns where the bracket that part begins with is closed; 0 if it is none.
func closing(part string) int {
	if part[0] != '[' {
		return 0
	}
	from := 1
	if from < len(part) && part[from] == '!' {
		from++
	}
	if from < len(part) && part[from] == ']' {
		from++ // as the first one it stands for itself
	}
	if from >= len(part) {
		return 0
	}
	if end := strings.IndexByte(part[from:], ']'); end >= 0 {
		return from + end
	}
	return 0
}
