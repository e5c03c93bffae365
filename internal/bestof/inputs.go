package bestof

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pycode"
)

// Inputs returns calls to run a problem's programs on: those that its tests make, without what the tests expect of them,
// as far as most of the inputs; for the rest the same calls with something changed in them. None where the tests call
// nothing that is known by name. What they come to is evidence of which programs behave alike, and of nothing else.
func Inputs(p *acecoder.Problem, cfg Config) []string {
	names := called(p)
	if len(names) == 0 {
		return nil
	}
	known := map[string]bool{}
	var calls [][]string
	for _, test := range slices.Concat(p.Tests, p.TestsShown) {
		for _, call := range callsIn(pycode.Words(test), names) {
			if key := strings.Join(call, " "); !known[key] {
				known[key] = true
				calls = append(calls, call)
			}
		}
	}
	// Half of them at most are the tests' own, else a problem of many tests would have no changed ones.
	calls = calls[:min(len(calls), (cfg.Inputs+1)/2)]
	out := make([]string, 0, cfg.Inputs)
	for _, call := range calls {
		out = append(out, strings.Join(call, " "))
	}
	random := newRandom(cfg.Seed, p.ID)
	for range 4 { // few literals, few changes: a round may give nothing new
		for _, call := range calls {
			key := strings.Join(change(call, random), " ")
			if len(out) < cfg.Inputs && !known[key] {
				known[key] = true
				out = append(out, key)
			}
		}
	}
	return out
}

// called returns the names under which the tests call what they test, and for each what it is called in the programs:
// the entry point, or the one name of the programs that the tests call most often.
func called(p *acecoder.Problem) map[string]string {
	if p.EntryPoint != "" {
		// check(candidate) is called with the entry point.
		return map[string]string{p.EntryPoint: p.EntryPoint, "candidate": p.EntryPoint}
	}
	defined := map[string]bool{}
	for i := range p.Programs {
		for _, name := range pycode.TopLevelNames(p.Programs[i].Program) {
			defined[name] = true
		}
	}
	counts, best := map[string]int{}, ""
	for _, test := range p.Tests {
		words := pycode.Words(test)
		for i := range words[:max(len(words)-1, 0)] {
			name := words[i]
			if words[i+1] != "(" || !defined[name] {
				continue
			}
			counts[name]++
			if counts[name] > counts[best] || (counts[name] == counts[best] && name < best) {
				best = name
			}
		}
	}
	if best == "" {
		return nil
	}
	return map[string]string{best: best}
}

// callsIn returns the calls of certain names in a test, outermost ones, each with what is taken of its value at once:
// f(1).x[0].
func callsIn(words []string, names map[string]string) [][]string {
	var out [][]string
	for i := 0; i+1 < len(words); i++ {
		name, ok := names[words[i]]
		if !ok || words[i+1] != "(" || (i > 0 && (words[i-1] == "def" || words[i-1] == ".")) {
			continue
		}
		end := callEnd(words, i+1)
		if end < 0 {
			return out // a bracket is not closed: not Python
		}
		out = append(out, append([]string{name}, words[i+1:end]...))
		i = end - 1
	}
	return out
}

// callEnd returns the place after the brackets that open at at, and after the attributes, items and calls that follow;
// -1: they are not closed.
func callEnd(words []string, at int) int {
	for at < len(words) {
		switch words[at] {
		case "(", "[":
			depth := 0
			for {
				switch words[at] {
				case "(", "[", "{":
					depth++
				case ")", "]", "}":
					depth--
				}
				if at++; depth == 0 {
					break
				}
				if at == len(words) {
					return -1
				}
			}
		case ".":
			at = min(at+2, len(words))
		default:
			return at
		}
	}
	return at
}

// change returns a call with one of its literals changed; the call itself where there is nothing to change.
func change(call []string, random *rand.Rand) []string {
	var places []int
	for i := 1; i < len(call); i++ {
		if len(changes(call[i], false)) > 0 {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return call
	}
	at := places[random.IntN(len(places))]
	choices := changes(call[at], inList(call[:at]))
	out := slices.Clone(call)
	out[at] = choices[random.IntN(len(choices))]
	return out
}

// changes lists what may stand in the place of a literal. They are near it: what separates programs is most often at an
// edge, and a far larger number would only take time.
func changes(word string, list bool) []string {
	var out []string
	if n, err := strconv.Atoi(word); err == nil {
		out = append(out, strconv.Itoa(n+1), strconv.Itoa(2*n))
		if n > 0 {
			out = append(out, strconv.Itoa(n-1), "0", "-"+word)
		}
	} else if body, ok := plainString(word); ok {
		quote := word[:1]
		out = append(out, quote+body+body+quote, quote+quote)
		if runes := []rune(body); len(runes) > 1 {
			last := runes[len(runes)-1]
			out = append(out, quote+string(runes[:len(runes)-1])+quote)
			slices.Reverse(runes)
			out = append(out, quote+string(runes)+quote, quote+body+string(last)+quote)
		}
	} else if _, err := strconv.ParseFloat(word, 64); err == nil && word[0] <= '9' {
		out = append(out, "0.0", "-"+word)
	}
	if list && len(out) > 0 {
		out = append(out, word+" , "+word)
	}
	return out
}

// plainString returns what is between the quotes of a string without prefix and escapes.
func plainString(word string) (string, bool) {
	if len(word) < 2 || (word[0] != '"' && word[0] != '\'') || word[len(word)-1] != word[0] ||
		strings.Contains(word, "\\") || strings.HasPrefix(word, strings.Repeat(word[:1], 3)) {
		return "", false
	}
	return word[1 : len(word)-1], true
}

// inList reports whether what follows these words stands in a list display, where it may stand twice.
func inList(before []string) bool {
	var open []string
	for i, word := range before {
		switch word {
		case "[":
			// After a value it is a subscript.
			if i > 0 && (before[i-1] == ")" || before[i-1] == "]") {
				word = "subscript"
			}
			open = append(open, word)
		case "(", "{":
			open = append(open, word)
		case ")", "]", "}":
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	return len(open) > 0 && open[len(open)-1] == "["
}
