package seed_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/seed"
)

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

// row is one row of a file with the name given.
func row(t testing.TB, file, text string) jsonl.Row {
	t.Helper()
	for row, err := range (jsonl.Options{}).NewReader(strings.NewReader(text), file).All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	t.Fatalf("no row in %q", text)
	return jsonl.Row{}
}

// makeSeeds applies rules to rows.
func makeSeeds(t *testing.T, rules seed.Rules, rows ...seed.Row) []seed.Result {
	t.Helper()
	out, err := seed.Make(t.Context(), parser(t).Inspect, rows, rules)
	if err != nil || len(out) != len(rows) {
		t.Fatalf("Make of %d rows: %d results, %v", len(rows), len(out), err)
	}
	return out
}

// data is the path of a file of the shared data; without it the test is skipped.
func data(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("../../../shared/data", name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("needs ../shared/data/%s beside the checkout", name)
	}
	return path
}

// write makes files in a folder: pairs of a name and a text.
func write(t *testing.T, folder string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(folder, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fake is an Inspect that asks nobody.
func fake(answer func(n int) []pyast.Inspection) seed.Inspect {
	return func(_ context.Context, sources []string) ([]pyast.Inspection, error) {
		return answer(len(sources)), nil
	}
}
