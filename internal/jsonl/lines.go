package jsonl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// source gives the rows of one file, unchecked. A *fault is about one row, the rows after it follow; io.EOF is
// the end, and any other error ends the stream too.
type source interface {
	next() (Row, *fault, error)
	line() int // the line that is being read
}

// lines is the source of JSON Lines. It holds one line at a time, and none that is too long.
type lines struct {
	in     *bufio.Reader
	max    int
	number int   // of the line read last
	offset int64 // of the byte after it
	cut    bool  // the line read last has no newline
}

func (l *lines) line() int { return l.number }

func (l *lines) next() (Row, *fault, error) {
	for {
		data, f, err := l.read()
		if err != nil || f != nil {
			return Row{Line: l.number}, f, err
		}
		if l.number == 1 {
			data = dropMark(data)
		}
		if data = trim(data); len(data) > 0 {
			return Row{Line: l.number, Raw: data}, nil, nil
		}
	}
}

// read returns the next line, without anything taken off but the newline.
func (l *lines) read() ([]byte, *fault, error) {
	var data []byte
	long := false
	l.number++
	for {
		part, err := l.in.ReadSlice('\n')
		l.offset += int64(len(part))
		if err == nil {
			part = part[:len(part)-1]
		}
		if long = long || len(data)+len(part) > l.max; long {
			data = nil
		} else {
			data = append(data, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.cut = err != nil
		if err != nil && !(errors.Is(err, io.EOF) && (long || len(data) > 0)) {
			return nil, nil, err
		}
		if long {
			return nil, tooLong(l.max), nil
		}
		return data, nil, nil
	}
}

func tooLong(most int) *fault {
	return faultf("the row is longer than %s, skipped; split it or raise the limit", size(most))
}

func size(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// dropMark takes off the byte order mark that some editors put at the start of a file.
func dropMark(data []byte) []byte {
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		return data[3:]
	}
	return data
}
