package pycode

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Clean looks for what no Python source can hold: a NUL byte, and bytes that are not UTF-8, a lone surrogate among
// them. The problem is "" where there is none, and text is then src. Otherwise problem says what is wrong and
// where, and text is src made fit for showing; it must not be run in src's place, since it is another program.
func Clean(src string) (text, problem string) {
	if i := firstInvalid(src); i >= 0 {
		problem = fmt.Sprintf("invalid UTF-8 at byte %d", i)
		if isSurrogate(src[i:]) {
			problem = fmt.Sprintf("lone surrogate at byte %d", i)
		}
		return strings.ToValidUTF8(strings.ReplaceAll(src, "\x00", "\ufffd"), "\ufffd"), problem
	}
	if i := strings.IndexByte(src, 0); i >= 0 {
		return strings.ReplaceAll(src, "\x00", "\ufffd"), fmt.Sprintf("NUL byte at byte %d", i)
	}
	return src, ""
}

func firstInvalid(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// isSurrogate tells whether s begins with the three bytes that UTF-8 would give U+D800 to U+DFFF.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && 0xa0 <= s[1] && s[1] <= 0xbf && 0x80 <= s[2] && s[2] <= 0xbf
}

// Normalize returns a key under which programs that cannot behave differently meet. It changes two things only:
//
//   - Line ends. Python's tokenizer turns "\r\n" and "\r" into "\n" before it looks at anything else, inside
//     strings too, whether it is given text or bytes.
//   - Blank lines and blanks at the very end, unless they stand in an open string or after a backslash, where
//     they can decide whether the program compiles.
//
// Comments, indentation and blanks within lines stay: a program can be told apart by its line numbers. A program
// that reads its own source file is outside the promise, and so is the line named in a syntax error's message.
func Normalize(src string) string {
	// Whether a backslash at the very end joins two lines, and so compiles, hangs on each blank and line end after
	// it: CPython 3.11 reads "\r\n" as "\n\n" there.
	if strings.HasSuffix(strings.TrimRight(src, " \t\f\r\n"), "\\") {
		return src
	}
	if strings.IndexByte(src, '\r') >= 0 {
		src = strings.ReplaceAll(src, "\r\n", "\n")
		src = strings.ReplaceAll(src, "\r", "\n")
	}
	body := strings.TrimRight(src, " \t\f\n")
	if len(body) == len(src) || endsInString(body) {
		return src
	}
	return body
}

func endsInString(src string) bool {
	lx := newLexer(src)
	for lx.next().kind != kindEOF {
	}
	return lx.open
}
