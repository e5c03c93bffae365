package tensorboard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Read yields the events of a file in order. An error is the last thing that comes and says behind which event; it is an
// [ErrCutOff] where the writer was killed or still writes, and all that is whole has come before it.
func Read(path string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(Event{}, fmt.Errorf("read events: %w", err))
			return
		}
		defer file.Close()
		in := bufio.NewReaderSize(file, 1<<16)
		for n := 0; ; n++ {
			e, err := readEvent(in)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Event{}, fmt.Errorf("%s: after %d events: %w", path, n, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func readEvent(in io.Reader) (Event, error) {
	data, err := readRecord(in)
	if err != nil {
		return Event{}, err
	}
	return parseEvent(data)
}

// Files returns the event files of a folder in the order in which they count, the oldest first.
func Files(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("event files: %w", err)
	}
	var all []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			all = append(all, filepath.Join(folder, entry.Name()))
		}
	}
	slices.Sort(all)
	return all, nil
}

// Events returns all events of a folder that still count, by file and then in order: a restart removes those before it that
// are of its step or a later one. A file that is cut off counts up to there.
func Events(folder string) ([]Event, error) {
	files, err := Files(folder)
	if err != nil {
		return nil, err
	}
	var all []Event
	for _, file := range files {
		for e, err := range Read(file) {
			switch {
			case errors.Is(err, ErrCutOff):
			case err != nil:
				return nil, err
			case e.Restart:
				all = slices.DeleteFunc(all, func(old Event) bool { return old.Step >= e.Step })
			case e.FileVersion == "":
				all = append(all, e)
			}
		}
	}
	return all, nil
}
