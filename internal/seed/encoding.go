package seed

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// cookie is the declaration of a source file's encoding, on one of its first two lines (PEP 263).
var cookie = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// blankOrComment is a first line that lets the second one declare the encoding.
var blankOrComment = regexp.MustCompile(`^[ \t\f]*(?:#.*)?$`)

// decodeSource returns a source file as text: UTF-8 unless it declares Latin-1 or ASCII, the other encodings in which
// Python sources are found. A byte order mark is taken away.
func decodeSource(data []byte) (string, error) {
	text, marked := bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
	encoding := "utf-8"
	if !marked {
		encoding = declared(text)
	}
	switch encoding {
	case "utf-8", "ascii":
		if i := firstBad(text, encoding == "ascii"); i >= 0 {
			return "", fmt.Errorf("not %s at byte %d", encoding, i)
		}
		return string(text), nil
	case "latin-1":
		runes := make([]rune, len(text))
		for i, b := range text {
			runes[i] = rune(b)
		}
		return string(runes), nil
	}
	return "", fmt.Errorf("encoding %s, which is not read here", encoding)
}

func declared(text []byte) string {
	for range 2 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if m := cookie.FindSubmatch(line); m != nil {
			return normalEncoding(string(m[1]))
		}
		if !blankOrComment.Match(line) {
			break
		}
		text = rest
	}
	return "utf-8"
}

// normalEncoding returns one name for each encoding that is known.
func normalEncoding(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch name {
	case "utf-8", "utf8", "utf-8-sig", "utf-8-unix", "utf":
		return "utf-8"
	case "ascii", "us-ascii":
		return "ascii"
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "iso-latin-1", "l1":
		return "latin-1"
	}
	return name
}

// firstBad returns where text is not in its encoding, or -1.
func firstBad(text []byte, ascii bool) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 || ascii && r > 127 {
			return i
		}
		i += n
	}
	return -1
}
