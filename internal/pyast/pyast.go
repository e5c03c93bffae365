// Package pyast looks at Python source with CPython's own parser, which runs in a jail and never runs what it parses.
//
// In: source text, of people or of models. Out: what is defined in it, in what shape, and whether a test is one that the
// method can use. Its invariant: text that breaks the parser is a text that does not parse, and never an error.
package pyast

import "github.com/acecoder/acecoder"

// Function is a top-level function or class of a source file, complete with what it needs to stand alone.
type Function struct {
	Name      string   `json:"name"`
	Class     bool     `json:"class,omitempty"`
	Source    string   `json:"source"`    // with its decorators and docstring, as it stands in the file
	Docstring string   `json:"docstring"` // dedented
	Imports   []string `json:"imports"`   // the import statements of the file that it needs, one a line
	Line      int      `json:"line"`      // where it begins
	Returns   bool     `json:"returns"`   // it returns a value somewhere
	Missing   []string `json:"missing"`   // global names that it uses and that neither it, its imports nor builtins define
}

// Inspection is what is known of one source.
type Inspection struct {
	Problem   string   `json:"problem"`   // why it does not parse; empty if it does
	Functions []string `json:"functions"` // top-level functions, in order
	Classes   []string `json:"classes"`   // top-level classes, in order
	Unprinted string   `json:"unprinted"` // the source without statements that only print, at any depth
	Shapes    []string `json:"shapes"`    // a hash for each top-level function: equal where they differ in names, docstrings and annotations only
	Nodes     []int    `json:"nodes"`     // the size of each shape: nodes of the syntax tree
}

// Test is one assert of a model's answer.
type Test struct {
	Text  string             `json:"text"`
	Fault acecoder.TestFault `json:"fault,omitempty"` // empty: it can be used
}

// Tests is what a list of texts that a model gave as tests comes to.
type Tests struct {
	EntryPoint string `json:"entry_point"` // the function that they test: the one that most of them call
	Tests      []Test `json:"tests"`
}
