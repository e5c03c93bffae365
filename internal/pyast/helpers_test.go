package pyast_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/pyast"
)

const python = "/usr/bin/python3"

// long is the environment variable that has tests look at everything that they have.
const long = "ACECODER_LONG"

var shared struct {
	once   sync.Once
	parser *pyast.Parser
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.parser != nil {
		shared.parser.Close()
	}
	os.Exit(code)
}

// parser returns the parser that the tests share, and skips the test on machines that have none.
func parser(t testing.TB) *pyast.Parser {
	t.Helper()
	shared.once.Do(func() { shared.parser, shared.err = pyast.New(context.Background(), pyast.Options{Jobs: 2}) })
	if shared.err != nil {
		t.Skipf("no parser on this machine: %v", shared.err)
	}
	return shared.parser
}

func inspect(t *testing.T, sources ...string) []pyast.Inspection {
	t.Helper()
	out, err := parser(t).Inspect(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len(sources) {
		t.Fatalf("Inspect gave %d inspections of %d sources", len(out), len(sources))
	}
	return out
}

// check has testdata/check.py look at rows, and returns what it says of each.
func check(t *testing.T, rows []map[string]any) []string {
	t.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, row := range rows {
		if err := enc.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "-IS", "testdata/check.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	data, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs /usr/bin/python3 to compare with")
	}
	if err != nil {
		t.Fatalf("run testdata/check.py: %v", err)
	}
	var out []string
	for line := range bytes.Lines(data) {
		var s string
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if len(out) != len(rows) {
		t.Fatalf("testdata/check.py answered %d rows, want %d", len(out), len(rows))
	}
	return out
}

// library returns files of Python's own library, by name: every fourth, or all if they are asked for.
func library(t *testing.T) (names, sources []string) {
	t.Helper()
	names, err := filepath.Glob("/usr/lib/python3.*/*.py")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("needs the sources of Python's library in /usr/lib")
	}
	if os.Getenv(long) == "" {
		for i := range (len(names) + 3) / 4 {
			names[i] = names[4*i]
		}
		names = names[:(len(names)+3)/4]
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(data))
	}
	return names, sources
}

// rows reads a file of the shared data, one T a line, and skips the test where it is absent.
func rows[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data", path))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("needs ../shared/data/%s beside the checkout", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	return out
}
