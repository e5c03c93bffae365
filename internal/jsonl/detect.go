package jsonl

import (
	"bufio"
	"bytes"
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
var (
	magicGzip    = []byte("\x1f\x8b")
	magicZstd    = []byte("\x28\xb5\x2f\xfd")
	magicSkip    = []byte("\x2a\x4d\x18") // after one byte: a frame that zstd tools put first and readers skip
	magicParquet = []byte("PAR1")
	magicOther   = map[string]string{
		"\xfd7zXZ\x00": "xz", "BZh": "bzip2", "PK\x03\x04": "zip", "ARROW1": "Arrow", "\x04\x22\x4d\x18": "lz4",
		"\xff\xfe": "UTF-16 text", "\xfe\xff": "UTF-16 text",
	}
)

// newReader finds out what in is.
func (o Options) newReader(in io.Reader, name string) (*Reader, error) {
	if o.MaxRow <= 0 {
		o.MaxRow = DefaultMaxRow
	}
	r := &Reader{name: name}
	buf, err := r.decompress(bufio.NewReaderSize(in, bufferSize), name)
	if err == nil {
		err = o.chooseSource(r, buf, in)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// decompress returns the plain bytes of a stream that may be compressed.
func (r *Reader) decompress(in *bufio.Reader, name string) (*bufio.Reader, error) {
	head, err := in.Peek(6)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case len(head) == 0 && (strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".zst")):
		return nil, errors.New("the file is empty; a compressed file of no rows is not")
	case bytes.HasPrefix(head, magicGzip):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z, bufferSize), nil
	case bytes.HasPrefix(head, magicZstd), len(head) > 3 && bytes.Equal(head[1:4], magicSkip) && head[0]&0xF0 == 0x50:
		// One at a time and in this goroutine: rows cost far more than their decompression.
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		r.closers = append(r.closers, func() error { z.Close(); return nil })
		return bufio.NewReaderSize(z, bufferSize), nil
	}
	for magic, what := range magicOther {
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, fmt.Errorf("it is %s, which is not read; give JSON Lines (plain, gzip, zstd), UTF-8, or Parquet", what)
		}
	}
	return in, nil
}

// chooseSource looks at the first plain bytes.
func (o Options) chooseSource(r *Reader, in *bufio.Reader, raw io.Reader) error {
	// An error here comes again, and with its line, when the rows are read.
	head, _ := in.Peek(512)
	if bytes.HasPrefix(head, magicParquet) {
		return r.openParquet(in, raw)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) && isArray(head[3:], r.name) {
		_, _ = in.Discard(3)
		head = head[3:]
	}
	if isArray(head, r.name) {
		r.rows = &elementsOf{in: in, max: o.MaxRow}
	} else {
		r.rows = &lines{in: in, max: o.MaxRow}
	}
	return nil
}

// isArray reports whether a file that begins so is one array of objects. A lone [1,2] is not: it is a bad row.
func isArray(head []byte, name string) bool {
	head = trim(head)
	if linesOnly(name) || len(head) == 0 || head[0] != '[' {
		return false
	}
	head = trim(head[1:])
	return len(head) == 0 || head[0] == '{' || head[0] == ']'
}

// openParquet reads Parquet, which begins at its end: what cannot be read from there is first copied to a file
// that has no name and so goes with the process.
func (r *Reader) openParquet(in *bufio.Reader, raw io.Reader) error {
	file, ok := raw.(*os.File)
	if ok {
		head := make([]byte, len(magicParquet))
		info, err := file.Stat()
		if ok = err == nil && info.Mode().IsRegular(); ok {
			_, err = file.ReadAt(head, 0)
			ok = err == nil && bytes.Equal(head, magicParquet) // else it is compressed, Parquet and all
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
