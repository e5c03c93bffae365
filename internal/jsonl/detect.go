package jsonl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bufferSize is that of the buffers of input and output.
const bufferSize = 256 << 10

// The first bytes of the formats.
const (
	magicGzip    = "\x1f\x8b"
	magicZstd    = "\x28\xb5\x2f\xfd"
	magicSkip    = "\x2a\x4d\x18" // after one byte: a frame that zstd tools put first and readers skip
	magicParquet = "PAR1"
	byteOrder    = "\xef\xbb\xbf"
)

// notRead are the formats that are recognised only to say so.
var notRead = []struct{ magic, name string }{
	{"\xfd7zXZ\x00", "xz"},
	{"BZh", "bzip2"},
	{"PK\x03\x04", "zip"},
	{"\x04\x22\x4d\x18", "lz4"},
	{"ARROW1", "Arrow"},
	{"\xff\xfe", "UTF-16 text"},
	{"\xfe\xff", "UTF-16 text"},
}

// start finds out what the input is. It looks no further ahead than it must: at the other end of a pipe may be
// someone who sends the second row when the first has been answered.
func (r *Reader) start() error {
	in, err := r.decompress(bufio.NewReaderSize(r.in, bufferSize))
	switch {
	case err != nil:
		return err
	case begins(in, magicParquet):
		return r.openParquet(in)
	case !linesOnly(r.name) && isArray(in):
		r.rows = &elementsOf{in: in, max: r.max}
	default:
		r.rows = &lines{in: in, max: r.max}
	}
	return nil
}

// begins reports whether the next bytes are these. An error of the input comes again when it is read.
func begins(in *bufio.Reader, magic string) bool {
	for i := range len(magic) {
		if head, err := in.Peek(i + 1); err != nil || head[i] != magic[i] {
			return false
		}
	}
	return true
}

// decompress returns the plain bytes of a stream that may be compressed.
func (r *Reader) decompress(in *bufio.Reader) (*bufio.Reader, error) {
	head, err := in.Peek(1)
	if err == io.EOF {
		if strings.HasSuffix(r.name, ".gz") || strings.HasSuffix(r.name, ".zst") {
			return nil, errors.New("the file is empty; a compressed file of no rows is not")
		}
		return in, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case begins(in, magicGzip):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z, bufferSize), nil
	case begins(in, magicZstd), head[0]&0xF0 == 0x50 && begins(in, string(head[:1])+magicSkip):
		// One at a time and in this goroutine: rows cost far more than their decompression.
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		r.closers = append(r.closers, func() error { z.Close(); return nil })
		return bufio.NewReaderSize(z, bufferSize), nil
	}
	for _, other := range notRead {
		if begins(in, other.magic) {
			return nil, fmt.Errorf("it is %s, which is not read; give JSON Lines (plain, gzip, zstd), UTF-8, or Parquet", other.name)
		}
	}
	return in, nil
}

// isArray reports whether the input is one array of objects. A lone [1,2] is not: it is a bad row. A byte order
// mark is taken off.
func isArray(in *bufio.Reader) bool {
	if begins(in, byteOrder) {
		_, _ = in.Discard(len(byteOrder))
	}
	first, at := afterSpace(in, 0)
	if first != '[' {
		return false
	}
	second, _ := afterSpace(in, at+1)
	return second == '{' || second == ']'
}

// afterSpace returns the first byte from position at on that is no white space, and its position.
func afterSpace(in *bufio.Reader, at int) (byte, int) {
	for ; at < bufferSize; at++ {
		head, err := in.Peek(at + 1)
		if err != nil {
			return 0, at
		}
		if !isSpace(head[at]) {
			return head[at], at
		}
	}
	return 0, at
}

// openParquet reads Parquet, which begins at its end: what cannot be read from there is first copied to a file
// that has no name and so goes with the process.
func (r *Reader) openParquet(in *bufio.Reader) error {
	file, ok := r.in.(*os.File)
	if ok {
		head := make([]byte, len(magicParquet))
		info, err := file.Stat()
		if ok = err == nil && info.Mode().IsRegular(); ok {
			_, err = file.ReadAt(head, 0)
			ok = err == nil && string(head) == magicParquet // else it is compressed, Parquet and all
		}
	}
	if !ok {
		spool, err := os.CreateTemp("", "acecoder-*.parquet")
		if err != nil {
			return fmt.Errorf("copy the Parquet stream to a file: %w", err)
		}
		r.closers = append(r.closers, spool.Close)
		_ = os.Remove(spool.Name())
		if _, err := io.Copy(spool, in); err != nil {
			return fmt.Errorf("copy the Parquet stream to a file: %w", err)
		}
		file = spool
	}
	rows, err := newParquetRows(file)
	if err != nil {
		return err
	}
	r.rows = rows
	r.closers = append([]func() error{rows.close}, r.closers...)
	return nil
}
