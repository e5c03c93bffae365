// Package tensorboard writes and reads TensorBoard's event files.
//
// In: a step's scalars, texts and histograms. Out: a file events.out.tfevents.* in a folder that TensorBoard, and what
// imports from it, can show; and events from such a file. Its one invariant: a file that was written to any point, by a
// process that was then killed, can be read up to there.
package tensorboard

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is one record of a file.
type Event struct {
	Wall        float64 // seconds since 1970
	Step        int64
	FileVersion string // of the first event of a file only
	// Restart says that a run begins again at Step: what earlier files have of this step and later ones is void.
	Restart bool
	Values  []Value
}

// Value is something to show of a step under a tag. One of its three forms is set.
type Value struct {
	Tag       string
	Scalar    *float32
	Text      *string // Markdown
	Histogram *Histogram
}

// Scalar makes a number to show; TensorBoard keeps float32.
func Scalar(tag string, value float64) Value {
	short := float32(value)
	return Value{Tag: tag, Scalar: &short}
}

// Text makes a text to show, in Markdown.
func Text(tag, text string) Value { return Value{Tag: tag, Text: &text} }

// Distribution makes a histogram to show.
func Distribution(tag string, h Histogram) Value { return Value{Tag: tag, Histogram: &h} }

// flushAfter is how old what stands in the buffer may be when the next event comes.
const flushAfter = 5 * time.Second

// Writer writes one event file. Its methods may be called from several goroutines.
type Writer struct {
	path string

	mu      sync.Mutex
	file    *os.File
	out     *bufio.Writer
	record  []byte // reused
	flushed time.Time
	err     error // the first one; a file with a hole is of no use, so all calls after it return it
}

// Create begins a new file of events in a folder, which is made if it is not there.
func Create(folder string) (*Writer, error) { return open(folder, nil) }

// Resume is [Create] for a run that goes on from a checkpoint: first is the first step that is done now. TensorBoard forgets
// what earlier files of the folder have of this step and later ones, as with the purge_step of PyTorch's SummaryWriter.
func Resume(folder string, first int64) (*Writer, error) { return open(folder, &first) }

func open(folder string, restart *int64) (*Writer, error) {
	w, err := create(folder)
	if err != nil {
		return nil, fmt.Errorf("create event file: %w", err)
	}
	w.put(Event{FileVersion: fileVersion})
	if restart != nil {
		w.put(Event{Step: *restart, Restart: true})
	}
	if err := w.Flush(); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	return w, nil
}

func create(folder string) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	second, err := nextSecond(folder)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, fmt.Sprintf("%s%010d.%s.%d.0", prefix, second, hostName(), os.Getpid()))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return &Writer{path: path, file: file, out: bufio.NewWriterSize(file, 1<<16), flushed: time.Now()}, nil
}

const prefix = "events.out.tfevents."

// nextSecond returns the present second, or the one after that of the newest file of the folder: TensorBoard reads files in the
// order of their names, and a restart that it reads before what it makes void is lost.
func nextSecond(folder string) (int64, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	second := time.Now().Unix()
	for _, entry := range entries {
		rest, ok := strings.CutPrefix(entry.Name(), prefix)
		digits, _, _ := strings.Cut(rest, ".")
		// A name with more digits is not one of ours, and is later in any order of text that we could give.
		if taken, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && len(digits) == 10 {
			second = max(second, taken+1)
		}
	}
	return second, nil
}

// hostName is the machine's name as a part of a file's name.
func hostName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "localhost"
	}
	return strings.ReplaceAll(host, string(filepath.Separator), "-")
}

// Path returns where the file is.
func (w *Writer) Path() string { return w.path }

// Add puts a step's values into the file. They can be read from there after a few seconds if more are added, or after Flush.
func (w *Writer) Add(step int64, values ...Value) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(Event{Step: step, Values: values})
	if w.err == nil && time.Since(w.flushed) >= flushAfter {
		w.flush()
	}
	return w.err
}

// put writes an event of this moment into the buffer.
func (w *Writer) put(e Event) {
	if w.err != nil {
		return
	}
	e.Wall = float64(time.Now().UnixNano()) / 1e9
	data := encodeEvent(e)
	if len(data) > maxRecord {
		w.fail(fmt.Errorf("step %d: an event of %d bytes; at most %d can be read", e.Step, len(data), maxRecord))
		return
	}
	w.record = appendRecord(w.record[:0], data)
	if _, err := w.out.Write(w.record); err != nil {
		w.fail(err)
	}
}

// Flush hands everything that was added to the operating system.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.flush()
	}
	return w.err
}

func (w *Writer) flush() {
	if err := w.out.Flush(); err != nil {
		w.fail(err)
	}
	w.flushed = time.Now()
}

func (w *Writer) fail(err error) { w.err = fmt.Errorf("write events: %w", err) }

// Close ends the file. What is added after it is an error; a second Close does nothing.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	if w.err == nil {
		w.flush()
	}
	err := errors.Join(w.err, w.file.Close())
	w.file = nil
	if w.err == nil {
		w.fail(os.ErrClosed)
	}
	return err
}
