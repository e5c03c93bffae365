package main

import "strings"

// perText is how many asserts of one model-written text are used.
const perText = 5

// stops end a program, and an assert: what follows is the model's next thought.
var stops = []string{"\nclass", "\ndef", "\n#", "\nif", "\nprint"}

// cut returns the text before the first stop.
func cut(text string) string {
	for _, stop := range stops {
		text, _, _ = strings.Cut(text, stop)
	}
	return text
}

// candidates returns what may be asserts on entry in a text that goes on after a prompt's last word, "assert ",
// by CodeT's published rule; whether they parse is not asked here.
func candidates(text, entry string) []string {
	var out []string
	for part := range strings.SplitSeq(text, "assert ") {
		if !strings.Contains(part, entry) {
			continue
		}
		// The cut may take the entry's name away again; the published rule keeps what is left, and so does this.
		if test := strings.TrimSpace(cut(strings.TrimSpace("assert " + part))); test != "" {
			out = append(out, test)
		}
	}
	return out
}

// choose takes the first asserts that parse of each text, and of equal ones the first.
func choose(texts [][]string, parses func(string) bool) []string {
	seen := map[string]bool{}
	var out []string
	for _, text := range texts {
		taken := 0
		for _, test := range text {
			if taken == perText {
				break
			}
			if !parses(test) {
				continue
			}
			taken++
			if !seen[test] {
				seen[test] = true
				out = append(out, test)
			}
		}
	}
	return out
}
