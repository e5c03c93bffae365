package tokenizer

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// class is what a code point counts as when a text is split or normalised; nothing at all is punctuation.
type class uint8

const (
	letter class = 1 << iota
	number
	mark
	space
	word  // what words are made of beside letters and marks
	inert // left alone by the library's normaliser, but not by Go's
)

// unicodeText has the classes as the tokenizers library sees them. Its Unicode version is neither Go's nor one: its
// expressions are of 16.0 and its normaliser of 9.0, and models are trained on what they do.
//
//go:embed unicode.txt
var unicodeText string

// classes maps code points to classes: the block of a code point's upper bits, and its place there.
type classes struct {
	blocks [(utf8.MaxRune + 1) / blockSize]*[blockSize]class
	ascii  [utf8.RuneSelf]class
}

const blockSize = 256

// unicodeClasses reads the table once; it does not change.
var unicodeClasses = sync.OnceValue(func() *classes {
	t, err := readClasses(unicodeText)
	if err != nil {
		panic("tokenizer: unicode.txt: " + err.Error())
	}
	return t
})

// readClasses reads lines of a class's name and ranges in hexadecimal. Blocks that are all of one class share memory.
func readClasses(text string) (*classes, error) {
	names := map[string]class{
		"letter": letter, "number": number, "mark": mark, "space": space, "word": word, "inert": inert,
	}
	var all [utf8.MaxRune + 1]class
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		c, ok := names[words[0]]
		if !ok {
			return nil, fmt.Errorf("%q is no class", words[0])
		}
		for _, word := range words[1:] {
			first, last, err := readRange(word)
			if err != nil {
				return nil, err
			}
			for r := first; r <= last; r++ {
				all[r] |= c
			}
		}
	}
	t := &classes{ascii: [utf8.RuneSelf]class(all[:utf8.RuneSelf])}
	shared := map[[blockSize]class]*[blockSize]class{}
	for i := range t.blocks {
		block := [blockSize]class(all[i*blockSize:])
		if shared[block] == nil {
			shared[block] = &block
		}
		t.blocks[i] = shared[block]
	}
	return t, nil
}

func readRange(word string) (first, last uint64, err error) {
	from, to, ok := strings.Cut(word, "-")
	if !ok {
		to = from
	}
	first, err = strconv.ParseUint(from, 16, 21)
	if err != nil {
		return 0, 0, err
	}
	last, err = strconv.ParseUint(to, 16, 21)
	if err == nil && (last > utf8.MaxRune || first > last) {
		err = fmt.Errorf("%q is no range", word)
	}
	return first, last, err
}

// of returns the class of a code point.
func (t *classes) of(r rune) class { return t.blocks[r/blockSize][r%blockSize] }

// next returns the class and the length of the code point that s begins with; s is valid UTF-8 and not empty.
func (t *classes) next(s string) (class, int) {
	if s[0] < utf8.RuneSelf {
		return t.ascii[s[0]], 1
	}
	r, size := utf8.DecodeRuneInString(s)
	return t.of(r), size
}
