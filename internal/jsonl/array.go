package jsonl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// elementsOf is the source of a file that is one JSON array. It cuts the array at the commas outside of strings
// and brackets and holds one element at a time, so that a broken element stays one bad row.
type elementsOf struct {
	in      *bufio.Reader
	max     int
	number  int // of the line being read
	element int // of the element read last, from one
	state   arrayState

	data     []byte
	long     bool
	depth    int
	inText   bool
	inEscape bool
}

type arrayState int

const (
	beforeArray arrayState = iota
	inArray
	afterArray
)

func (a *elementsOf) line() int { return a.number }

func (a *elementsOf) next() (Row, *fault, error) {
	if a.state == beforeArray {
		a.number = 1
		if _, err := a.upTo('['); err != nil {
			return Row{}, nil, err
		}
		a.state = inArray
	}
	if a.state == afterArray {
		return Row{}, nil, a.end()
	}
	c, err := a.peek()
	if err != nil {
		return Row{}, nil, a.unfinished(err)
	}
	if c == ']' && a.element == 0 {
		_, _ = a.in.ReadByte()
		a.state = afterArray
		return Row{}, nil, a.end()
	}
	start := a.number
	a.element++
	if err := a.read(); err != nil {
		return Row{}, nil, a.unfinished(err)
	}
	row := Row{Line: start, Raw: trim(a.data), element: a.element}
	switch {
	case a.long:
		return row, tooLong(a.max), nil
	case len(row.Raw) == 0:
		return row, faultf("broken JSON: nothing between two commas of the array, want an object"), nil
	}
	return row, nil, nil
}

// read takes the bytes of one element and the comma or bracket after it.
func (a *elementsOf) read() error {
	a.data, a.long, a.depth, a.inText, a.inEscape = nil, false, 0, false, false
	for {
		// Whole buffers at a time: what is buffered, up to the end of the element.
		if _, err := a.in.Peek(1); err != nil {
			return err
		}
		part, _ := a.in.Peek(a.in.Buffered())
		n, ended := a.scan(part)
		if a.long = a.long || len(a.data)+n > a.max; a.long {
			a.data = nil
		} else {
			a.data = append(a.data, part[:n]...)
		}
		if !ended {
			_, _ = a.in.Discard(n)
			continue
		}
		if part[n] == ']' {
			a.state = afterArray
		}
		_, _ = a.in.Discard(n + 1)
		return nil
	}
}

// scan returns how many bytes belong to the element, and whether it ends there.
func (a *elementsOf) scan(part []byte) (int, bool) {
	for i, c := range part {
		if c == '\n' {
			a.number++
		}
		switch {
		case a.inEscape:
			a.inEscape = false
		case a.inText:
			a.inEscape = c == '\\'
			a.inText = c != '"'
		case c == '"':
			a.inText = true
		case c == '{' || c == '[':
			a.depth++
		case a.depth == 0 && (c == ',' || c == ']'):
			return i, true
		case c == '}' || c == ']':
			a.depth = max(a.depth-1, 0) // a closing bracket too many is the element's own trouble
		}
	}
	return len(part), false
}

// upTo takes white space and the byte wanted after it.
func (a *elementsOf) upTo(want byte) (byte, error) {
	c, err := a.peek()
	if err != nil {
		return 0, err
	}
	if c != want {
		return c, fmt.Errorf("%q where %q was expected", c, want)
	}
	return a.in.ReadByte()
}

// peek takes white space and shows the byte after it.
func (a *elementsOf) peek() (byte, error) {
	for {
		c, err := a.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c == '\n' {
			a.number++
		}
		if !isSpace(c) {
			return c, a.in.UnreadByte()
		}
	}
}

// end makes sure that nothing follows the array.
func (a *elementsOf) end() error {
	c, err := a.peek()
	if err == nil {
		return fmt.Errorf("%q after the end of the array; what follows it is not read", c)
	}
	return err
}

func (a *elementsOf) unfinished(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the file ends inside its array: it was cut off, or a quote or bracket is not closed: %w",
			io.ErrUnexpectedEOF)
	}
	return err
}
