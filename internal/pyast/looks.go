package pyast

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pyvalue"
)

// Functions returns the documented top-level functions and classes of a file, in their order, or why the file does not
// parse. The error is a failure of the sandbox, or ctx's end.
//
// Of the file's imports a function has those of the names that it uses, in the order of their first use. Of two imports
// for one name, such as those of a try and its except, it has the first. "from x import *" is among them if names are
// missing otherwise; such names are then missing only if the file defines them itself.
func (p *Parser) Functions(ctx context.Context, source string) (functions []Function, problem string, err error) {
	answers, err := p.ask(ctx, "functions", [][]byte{marshal.Bytes(nil, source)})
	if err != nil {
		return nil, "", err
	}
	if answers[0].problem != "" {
		return nil, answers[0].problem, nil
	}
	for _, v := range answers[0].parts {
		part := v.Items()
		if len(part) != 8 {
			return nil, "", fmt.Errorf("parse Python: a function is %s", pyvalue.Repr(v, 100))
		}
		line, _ := part[5].Int64()
		functions = append(functions, Function{
			Name: part[0].Text(), Class: pyvalue.Truth(part[1]), Source: part[2].Text(), Docstring: part[3].Text(),
			Imports: texts(part[4]), Line: int(line), Returns: pyvalue.Truth(part[6]), Missing: texts(part[7]),
		})
	}
	return functions, "", nil
}

// Inspect says what is known of each source, in their order. The error is a failure of the sandbox, or ctx's end.
//
// A statement only prints if it is a call of print and nothing else. A suite that would be left empty gets a pass; every
// other byte stays.
func (p *Parser) Inspect(ctx context.Context, sources []string) ([]Inspection, error) {
	items := make([][]byte, len(sources))
	for i, source := range sources {
		items[i] = marshal.Bytes(nil, source)
	}
	answers, err := p.ask(ctx, "inspect", items)
	if err != nil {
		return nil, err
	}
	out := make([]Inspection, len(answers))
	for i, a := range answers {
		if a.problem != "" {
			out[i].Problem = a.problem
			continue
		}
		if len(a.parts) != 5 {
			return nil, errors.New("parse Python: an inspection of another length")
		}
		out[i] = Inspection{
			Functions: texts(a.parts[0]), Classes: texts(a.parts[1]), Unprinted: a.parts[2].Text(), Shapes: texts(a.parts[3]),
		}
		for _, n := range a.parts[4].Items() {
			nodes, _ := n.Int64()
			out[i].Nodes = append(out[i].Nodes, int(nodes))
		}
	}
	return out, nil
}

// Tests takes lists of texts that models gave as tests apart into asserts. entry has the name of each list's function,
// empty where it is not known; it may be nil. The error is a failure of the sandbox, or ctx's end.
//
// Where it is not known, the function is the name that most asserts call and that is no builtin. Of the names that as
// many call, it is the first that is none of the common library's, else the first. A test may use the function,
// builtins that touch nothing outside, math, and names that it binds itself. Text that does not parse is one test, with
// its indentation taken away if it parses then.
func (p *Parser) Tests(ctx context.Context, sets [][]string, entry []string) ([]Tests, error) {
	if entry == nil {
		entry = make([]string, len(sets))
	}
	items := make([][]byte, len(sets))
	for i, set := range sets {
		items[i] = testsItem(entry[i], set, nil)
	}
	answers, err := p.ask(ctx, "tests", items)
	if err != nil {
		return nil, err
	}
	out := make([]Tests, len(sets))
	for i, a := range answers {
		broken := map[int]bool{}
		if a.problem != "" {
			if a, broken, err = p.withoutBroken(ctx, entry[i], sets[i]); err != nil {
				return nil, err
			}
		}
		if out[i], err = readTests(a, sets[i], broken); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// withoutBroken asks about a list in which texts break the parser: these are found and left out.
func (p *Parser) withoutBroken(ctx context.Context, entry string, set []string) (answer, map[int]bool, error) {
	items := make([][]byte, len(set))
	for i := range set {
		items[i] = testsItem(entry, set[i:i+1], nil)
	}
	alone, err := p.ask(ctx, "tests", items)
	if err != nil {
		return answer{}, nil, err
	}
	broken := map[int]bool{}
	for i, a := range alone {
		broken[i] = a.problem != ""
	}
	answers, err := p.ask(ctx, "tests", [][]byte{testsItem(entry, set, broken)})
	if err != nil {
		return answer{}, nil, err
	}
	if answers[0].problem == "" {
		return answers[0], broken, nil
	}
	// Each text parses, and all of them together do not: more than one process can hold.
	for i := range set {
		broken[i] = true
	}
	answers, err = p.ask(ctx, "tests", [][]byte{testsItem(entry, set, broken)})
	return append(answers, answer{})[0], broken, err
}

// testsItem is a list of tests for tests.py: (entry, [text or None]).
func testsItem(entry string, set []string, broken map[int]bool) []byte {
	b := marshal.Str(marshal.Tuple(nil, 2), strings.ToValidUTF8(entry, "\uFFFD"))
	b = marshal.List(b, len(set))
	for i, text := range set {
		if broken[i] {
			b = marshal.None(b)
		} else {
			b = marshal.Bytes(b, text)
		}
	}
	return b
}

// readTests reads tests.py's answer: (entry, [[(text, fault)] a text]).
func readTests(a answer, set []string, broken map[int]bool) (Tests, error) {
	if len(a.parts) != 2 || a.parts[1].Len() != len(set) {
		return Tests{}, fmt.Errorf("parse Python: an answer to %d tests: %s", len(set), a.problem)
	}
	out := Tests{EntryPoint: a.parts[0].Text()}
	for i, found := range a.parts[1].Items() {
		if broken[i] {
			out.Tests = append(out.Tests, Test{Text: set[i], Fault: acecoder.TestSyntax})
			continue
		}
		for _, v := range found.Items() {
			out.Tests = append(out.Tests, Test{Text: v.Items()[0].Text(), Fault: acecoder.TestFault(v.Items()[1].Text())})
		}
	}
	return out, nil
}

func texts(v pyvalue.Value) []string {
	var out []string
	for _, item := range v.Items() {
		out = append(out, item.Text())
	}
	return slices.Clip(out)
}
