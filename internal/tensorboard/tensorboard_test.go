package tensorboard_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/tensorboard"
)

// read returns the events of a file; any error ends the test.
func read(t *testing.T, path string) []tensorboard.Event {
	t.Helper()
	var all []tensorboard.Event
	for e, err := range tensorboard.Read(path) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func steps(events []tensorboard.Event) []int64 {
	var all []int64
	for _, e := range events {
		all = append(all, e.Step)
	}
	return all
}

func write(t *testing.T, w *tensorboard.Writer, err error, steps ...int64) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := w.Add(step, tensorboard.Scalar("loss", float64(step))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.Path()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := tensorboard.Create(filepath.Join(t.TempDir(), "made", "here"))
		if err != nil {
			t.Fatal(err)
		}
		start := float64(time.Now().UnixNano()) / 1e9
		all := []tensorboard.Value{
			tensorboard.Scalar("train/loss", 0.1),
			tensorboard.Scalar("nan", math.NaN()),
			tensorboard.Scalar("inf", math.Inf(-1)),
			tensorboard.Text("note", "*é* \x00\n"),
			tensorboard.Text("", ""),
			tensorboard.Distribution("h", tensorboard.NewHistogram([]float32{-1, 0, 0.5, 3e38})),
			tensorboard.Distribution("empty", tensorboard.NewHistogram(nil)),
		}
		time.Sleep(1500 * time.Millisecond)
		if err := errors.Join(w.Add(7, all...), w.Add(math.MaxInt64), w.Close(), w.Close()); err != nil {
			t.Fatal(err)
		}
		got := read(t, w.Path())
		want := []tensorboard.Event{
			{Wall: start, FileVersion: "brain.Event:2"},
			{Wall: start + 1.5, Step: 7, Values: all},
			{Wall: start + 1.5, Step: math.MaxInt64},
		}
		// NaN is unequal to itself.
		if len(got) != 3 || len(got[1].Values) != len(all) || !math.IsNaN(float64(*got[1].Values[1].Scalar)) {
			t.Fatalf("Read = %v", got)
		}
		got[1].Values[1], want[1].Values[1] = tensorboard.Value{}, tensorboard.Value{}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Read = %+v, want %+v", got, want)
		}
		if err := w.Add(8); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Add after Close = %v, want %v", err, os.ErrClosed)
		}
	})
}

func TestBytesThatAreNoTextAreReplaced(t *testing.T) {
	w, err := tensorboard.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Add(1, tensorboard.Text("a\xff", "b\xc3")), w.Close()); err != nil {
		t.Fatal(err)
	}
	v := read(t, w.Path())[1].Values[0]
	if v.Tag != "a\uFFFD" || *v.Text != "b\uFFFD" {
		t.Errorf("tag %q, text %q, want a and b with U+FFFD", v.Tag, *v.Text)
	}
}

func TestWaitingEventsAreFlushedByLaterOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := tensorboard.Create(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int{1, 1, 4, 4} { // with the event that every file begins with
			if i == 2 {
				time.Sleep(6 * time.Second)
			}
			if err := w.Add(int64(i)); err != nil {
				t.Fatal(err)
			}
			if got := len(read(t, w.Path())); got != want {
				t.Errorf("after %d events the file has %d, want %d", i+1, got, want)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := len(read(t, w.Path())); got != 5 {
			t.Errorf("after Flush the file has %d events, want 5", got)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestResumeMakesLaterStepsVoid(t *testing.T) {
	folder := t.TempDir()
	w, err := tensorboard.Create(folder)
	first := write(t, w, err, 1, 2, 3, 4)
	w, err = tensorboard.Resume(folder, 3)
	second := write(t, w, err, 3)
	w, err = tensorboard.Resume(folder, 4)
	third := write(t, w, err, 4, 5)
	// All within one second, and by one process: only the numbers in the names keep the order.
	files, err := tensorboard.Files(folder)
	if want := []string{first, second, third}; err != nil || !slices.Equal(files, want) {
		t.Fatalf("Files = %v, %v, want %v", files, err, want)
	}
	events, err := tensorboard.Events(folder)
	if want := []int64{1, 2, 3, 4, 5}; err != nil || !slices.Equal(steps(events), want) {
		t.Errorf("Events = steps %v, %v, want %v", steps(events), err, want)
	}
}

func TestFileCutAnywhereIsReadUpToThere(t *testing.T) {
	folder := t.TempDir()
	w, err := tensorboard.Create(folder)
	path := write(t, w, err, 1, 2)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := 0
	for size := range whole {
		if err := os.WriteFile(path, whole[:size], 0o666); err != nil {
			t.Fatal(err)
		}
		n, end := 0, error(nil)
		for _, err := range tensorboard.Read(path) {
			if end = err; err == nil {
				n++
			}
		}
		if n < before || n > before+1 || (end == nil) != (n == before+1 || size == 0) || end != nil && !errors.Is(end, tensorboard.ErrCutOff) {
			t.Fatalf("%d of %d bytes: %d events, then %v; %d events before", size, len(whole), n, end, before)
		}
		if _, err := tensorboard.Events(folder); err != nil {
			t.Fatalf("%d of %d bytes: Events: %v", size, len(whole), err)
		}
		before = n
	}
	if before != 2 {
		t.Errorf("without its last byte the file has %d events, want 2", before)
	}
}

func TestDamageIsAnError(t *testing.T) {
	folder := t.TempDir()
	w, err := tensorboard.Create(folder)
	path := write(t, w, err, 1)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 0x10
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := tensorboard.Events(folder); err == nil || !strings.Contains(err.Error(), path+": after ") {
			t.Errorf("byte %d damaged: %v, want an error that names the file", i, err)
		}
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	folder := t.TempDir()
	blocked := filepath.Join(folder, "file")
	if err := os.WriteFile(blocked, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := tensorboard.Create(blocked); err == nil || !strings.Contains(err.Error(), blocked) {
		t.Errorf("Create(a file) = %v, want an error that names it", err)
	}
	w, err := tensorboard.Create(folder)
	if err != nil {
		t.Fatal(err)
	}
	huge := w.Add(1, tensorboard.Text("t", strings.Repeat("x", 65<<20)))
	if huge == nil || !strings.Contains(huge.Error(), "step 1") {
		t.Errorf("Add(65 MiB) = %v, want an error that names the step", huge)
	}
	if err := w.Add(2); !errors.Is(err, huge) || !errors.Is(w.Flush(), huge) || !errors.Is(w.Close(), huge) {
		t.Errorf("Add after an error = %v, want that of the first, %v", err, huge)
	}
	if err := os.Remove(w.Path()); err != nil {
		t.Fatal(err)
	}
	for _, err := range tensorboard.Read(w.Path()) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Read(nothing) = %v, want %v", err, os.ErrNotExist)
		}
	}
}
