package seed

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
)

// FunctionRule says what a program has to have.
type FunctionRule string

// The function rules.
const (
	Defined   FunctionRule = "defined"   // a function or class at its top level
	Mentioned FunctionRule = "mentioned" // the words "def " or "class " anywhere, as published
	Anything  FunctionRule = "anything"  // nothing in particular
)

// Prints says what becomes of a program's prints.
type Prints string

// The print rules.
const (
	Statements Prints = "statements" // statements that only print are taken out
	Lines      Prints = "lines"      // lines that begin with print are taken out, as published; what is left may not parse
	Keep       Prints = "keep"       // they stay
)

// Rules say which rows become seeds. Start from Paper or Published; the zero Rules are not valid. They are asked in this
// order, and the first that does not hold is the reason of the drop:
//
//  1. not_python: the set names another language, or no Python is found in the answer
//  2. unparsable: Python does not parse the program
//  3. no_function: it has neither a function nor a class
//  4. too_short, too_long: by the characters of the program as it came, prints included
//
// What overlaps with a benchmark (contaminated) and what was there before (duplicate, near_duplicate) is asked after
// them, by [Benchmarks] and [Duplicates].
type Rules struct {
	Function  FunctionRule `json:"function"`
	Parse     bool         `json:"parse"`      // Python has to parse the program
	MinLength int          `json:"min_length"` // characters
	MaxLength int          `json:"max_length"` // characters; 0: no bound
	Prints    Prints       `json:"prints"`
	// FirstBlock takes the first block marked python for the program, whatever it holds, as published. Else it is the
	// longest block that parses, of those marked Python if there are such, or an answer that parses as a whole.
	FirstBlock bool `json:"first_block"`
}

// Paper returns the rules as the paper has them: Python with a function or a class, without prints.
func Paper() Rules { return Rules{Function: Defined, Parse: true, Prints: Statements} }

// Published returns the rules as the published code ran them, which differ by set: functions of the stack have more than
// 100 characters, evolved answers mention a function or class, and nothing has to parse.
func Published(shape Shape) Rules {
	r := Rules{Function: Anything, Prints: Lines, FirstBlock: true}
	switch shape {
	case StackFunctions, Functions:
		r.MinLength = 101
	case EvolInstruct, Alpaca:
		r.Function = Mentioned
	}
	return r
}

// Validate says what is wrong with the rules, by field.
func (r Rules) Validate() error {
	switch {
	case r.Function != Defined && r.Function != Mentioned && r.Function != Anything:
		return fmt.Errorf("seed rules: function: %q is none of %s, %s, %s", r.Function, Defined, Mentioned, Anything)
	case r.Prints != Statements && r.Prints != Lines && r.Prints != Keep:
		return fmt.Errorf("seed rules: prints: %q is none of %s, %s, %s", r.Prints, Statements, Lines, Keep)
	case !r.Parse && (r.Function == Defined || r.Prints == Statements):
		return fmt.Errorf("seed rules: parse: false, but function %s and prints %s go by what is parsed", r.Function, r.Prints)
	case r.MinLength < 0:
		return fmt.Errorf("seed rules: min_length: %d is below 0", r.MinLength)
	case r.MaxLength != 0 && r.MaxLength < r.MinLength:
		return fmt.Errorf("seed rules: max_length: %d is below min_length %d", r.MaxLength, r.MinLength)
	}
	return nil
}

// check asks the rules about a program that was found, in their order, and returns why it is dropped, or "".
func (r Rules) check(program string, in pyast.Inspection) (acecoder.DropReason, string) {
	switch {
	case r.Function == Defined && len(in.Functions)+len(in.Classes) == 0:
		return acecoder.DropNoFunction, "neither a function nor a class at its top level"
	case r.Function == Mentioned && !strings.Contains(program, "def ") && !strings.Contains(program, "class "):
		return acecoder.DropNoFunction, `neither "def " nor "class " is in it`
	}
	length := utf8.RuneCountInString(program)
	switch {
	case length < r.MinLength:
		return acecoder.DropTooShort, fmt.Sprintf("%d characters, at least %d asked for", length, r.MinLength)
	case r.MaxLength > 0 && length > r.MaxLength:
		return acecoder.DropTooLong, fmt.Sprintf("%d characters, at most %d allowed", length, r.MaxLength)
	}
	return "", ""
}

// withoutPrints returns the program as the seed has it.
func (r Rules) withoutPrints(program string, in pyast.Inspection) string {
	switch r.Prints {
	case Statements:
		return in.Unprinted
	case Lines:
		return withoutPrintLines(program)
	}
	return program
}

// lineEnds are the ends of lines of Python's str.splitlines.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\x1c", "\n", "\x1d", "\n", "\x1e", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// withoutPrintLines takes out the lines that begin with print, whatever they are part of.
func withoutPrintLines(program string) string {
	var kept []string
	for _, line := range strings.Split(strings.TrimSuffix(lineEnds.Replace(program), "\n"), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "print") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
