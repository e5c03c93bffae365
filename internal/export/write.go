package export

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"github.com/acecoder/acecoder/internal/jsonl"
)

const (
	groupBytes  = 32 << 20  // of rows in memory: a row group is held until it is written
	footerBytes = 256 << 10 // kept free in a shard, for what stands beside the rows
	bufferBytes = 256 << 10
)

// shards writes rows of one type to files of Parquet that stay below a size.
type shards[Row any] struct {
	root, split string
	room        int64 // for rows in a file
	whole       bool  // one file of any size
	schema      *parquet.Schema
	metadata    string // what the datasets library restores the columns' types from

	names []string // of the files so far, below root
	file  *os.File
	out   *bufio.Writer
	w     *parquet.GenericWriter[Row]
	size  int64 // bytes of the file so far
	group int64 // bytes of the rows that are not in the file
	one   [1]Row
}

func newShards[Row any](root, split string, limit int64, whole bool) rowWriter {
	schema := parquet.SchemaOf(*new(Row))
	return &shards[Row]{root: root, split: split, room: limit - footerBytes, whole: whole, schema: schema, metadata: metadata(schema)}
}

func (s *shards[Row]) write(row any, bytes int) error {
	if s.w != nil && !s.whole && s.size+s.group+int64(bytes) > s.room {
		if err := s.turn(int64(bytes)); err != nil {
			return err
		}
	}
	if s.w == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.one[0] = row.(Row) // the layout has the row and the writer from one place
	if _, err := s.w.Write(s.one[:]); err != nil {
		return err
	}
	if s.group += int64(bytes); s.group < groupBytes {
		return nil
	}
	return s.flush()
}

// turn is called when the rows might no longer fit. Compressed they may: only when the file is nearly full there is
// another one.
func (s *shards[Row]) turn(bytes int64) error {
	if err := s.flush(); err != nil {
		return err
	}
	if s.size+bytes <= s.room-s.room/8 {
		return nil
	}
	return s.end()
}

// flush writes the row group.
func (s *shards[Row]) flush() error {
	s.group = 0
	if err := s.w.Flush(); err != nil {
		return err
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	s.size = info.Size()
	return nil
}

func (s *shards[Row]) open() error {
	name := fmt.Sprintf("data/%s-%05d", s.split, len(s.names))
	if s.whole {
		name = s.split + ".parquet"
	}
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	s.names = append(s.names, name)
	s.file, s.size, s.group = file, 0, 0
	s.out = bufio.NewWriterSize(file, bufferBytes)
	s.w = parquet.NewGenericWriter[Row](s.out, s.writerOptions()...)
	return nil
}

// writerOptions choose what every reader of Parquet reads, and keep texts out of the statistics, where a large
// program would stand uncut.
func (s *shards[Row]) writerOptions() []parquet.WriterOption {
	options := []parquet.WriterOption{
		s.schema, parquet.CreatedBy("acecoder", "1", ""), parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1),
		parquet.DataPageStatistics(false), parquet.KeyValueMetadata("huggingface", s.metadata),
	}
	for _, path := range s.schema.Columns() {
		if leaf, ok := s.schema.Lookup(path...); ok && leaf.Node.Type().Kind() == parquet.ByteArray {
			options = append(options, parquet.SkipPageBounds(path...))
		}
	}
	return options
}

// end finishes the file.
func (s *shards[Row]) end() error {
	if s.w == nil {
		return nil
	}
	err := s.w.Close()
	if err == nil {
		err = s.out.Flush()
	}
	if err == nil {
		err = s.file.Sync()
	}
	s.w = nil
	return errors.Join(err, s.file.Close())
}

// close gives the files the names that say how many they are.
func (s *shards[Row]) close(must bool) ([]string, error) {
	if must && len(s.names) == 0 {
		if err := s.open(); err != nil {
			return nil, err
		}
	}
	if err := s.end(); err != nil || s.whole {
		return s.names, err
	}
	for i, name := range s.names {
		s.names[i] = fmt.Sprintf("%s-of-%05d.parquet", name, len(s.names))
		if err := os.Rename(filepath.Join(s.root, name), filepath.Join(s.root, s.names[i])); err != nil {
			return nil, err
		}
	}
	return s.names, nil
}

func (s *shards[Row]) abort() error {
	if s.w == nil {
		return nil
	}
	s.w = nil
	return s.file.Close()
}

// lines writes rows to one file of JSON Lines.
type lines struct {
	root, name string
	out        *jsonl.Writer
}

func (l *lines) open() (err error) {
	if l.out == nil {
		l.out, err = jsonl.Create(filepath.Join(l.root, l.name))
	}
	return err
}

func (l *lines) write(row any, _ int) error {
	if err := l.open(); err != nil {
		return err
	}
	return l.out.Write(row)
}

func (l *lines) close(must bool) ([]string, error) {
	if must {
		if err := l.open(); err != nil {
			return nil, err
		}
	}
	if l.out == nil {
		return nil, nil
	}
	return []string{l.name}, l.out.Close()
}

func (l *lines) abort() error {
	if l.out == nil {
		return nil
	}
	return l.out.Abort()
}

// sizeOf is how many bytes a row takes in memory as Arrow has it: texts with their offsets, eight a number.
func sizeOf(row any) int { return sizeOfValue(reflect.ValueOf(row)) }

func sizeOfValue(v reflect.Value) int {
	const offset, number = 4, 8
	size := 0
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return sizeOfValue(v.Elem())
		}
	case reflect.String:
		return v.Len() + offset
	case reflect.Slice:
		size = offset
		for i := range v.Len() {
			size += sizeOfValue(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			size += sizeOfValue(v.Field(i))
		}
	default:
		return number
	}
	return size
}
