package pycode_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

const python = "/usr/bin/python3"

// source is a real program; entry is "" where it is not known.
type source struct{ text, entry string }

// seen is what Python's parser says of a program; nil for one that does not parse.
type seen struct {
	imports, names []string
	digest         string
}

// TestAgainstPython holds Imports, TopLevelNames and Extract against Python's own parser on real programs.
func TestAgainstPython(t *testing.T) {
	for _, set := range []struct {
		name, file string
		read       func(line []byte) ([]source, error)
	}{
		{"checked programs", "verdicts/check_style.jsonl", readChecked},
		{"library functions", "seeds/stack_python_like/functions.jsonl", readFunctions},
		{"sampled programs", "codet/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl", readSampled},
	} {
		t.Run(set.name, func(t *testing.T) {
			compare(t, readSources(t, "../../../shared/data/"+set.file, set.read))
		})
	}
}

func compare(t *testing.T, sources []source) {
	t.Helper()
	parsed, whole, offences := 0, 0, 0
	for i, want := range askPython(t, texts(sources)) {
		src := sources[i]
		sources[i].entry = ""
		if want == nil {
			continue
		}
		parsed++
		got := pycode.Imports(src.text)
		slices.Sort(got)
		if !slices.Equal(got, want.imports) {
			offences++
			t.Errorf("Imports = %q, want %q of\n%s", got, want.imports, src.text)
		}
		if got := pycode.TopLevelNames(src.text); !slices.Equal(got, want.names) {
			offences++
			t.Errorf("TopLevelNames = %q, want %q of\n%s", got, want.names, src.text)
		}
		for _, name := range want.names {
			if !pycode.Defines(src.text, name) {
				t.Errorf("Defines(%q) = false, want true of\n%s", name, src.text)
			}
		}
		if src.entry != "" && slices.Contains(want.names, src.entry) {
			sources[i].entry = src.entry
			whole++
		}
		if offences > 5 {
			t.Fatal("too many to go on")
		}
	}
	t.Logf("%d of %d programs parse; imports and names agree on all of them but %d", parsed, len(sources), offences)
	if whole > 0 {
		compareExtract(t, sources)
	}
}

// compareExtract gives whole programs to Extract, bare and between prose and fences, and wants them back.
func compareExtract(t *testing.T, sources []source) {
	t.Helper()
	sources = slices.DeleteFunc(slices.Clone(sources), func(s source) bool { return s.entry == "" })
	wants := askPython(t, texts(sources))
	bare := make([]string, len(sources))
	for i, s := range sources {
		x := pycode.Extract("Here is the program:\n\n"+s.text+"\n\nIt takes linear time, as you can see.\n", s.entry)
		bare[i] = x.Code
		if x.Rule != pycode.RuleEntryText {
			t.Errorf("Extract used rule %q, want %q on\n%s", x.Rule, pycode.RuleEntryText, s.text)
		}
		fenced := pycode.Extract("Sure.\n```python\n"+s.text+"\n```\nUse it so:\n```python\nprint(1)\n```\n", s.entry)
		if fenced.Code != s.text+"\n" || fenced.Rule != pycode.RuleEntryBlock {
			t.Errorf("Extract by rule %q = %q, want %q", fenced.Rule, fenced.Code, s.text)
		}
	}
	differ := 0
	for i, got := range askPython(t, bare) {
		if wants[i] != nil && (got == nil || got.digest != wants[i].digest) {
			differ++
			if differ <= 3 {
				t.Logf("unfenced program came back changed:\n%s\n--- as\n%s", sources[i].text, bare[i])
			}
		}
	}
	t.Logf("%d programs unfenced between prose, %d came back changed", len(sources), differ)
	if differ*100 > len(sources) {
		t.Errorf("%d of %d unfenced programs came back changed, want at most 1 %%", differ, len(sources))
	}
}

func texts(sources []source) []string {
	out := make([]string, len(sources))
	for i, s := range sources {
		out[i] = s.text
	}
	return out
}

// askPython has testdata/ask.py parse the programs, which runs none of them.
func askPython(t *testing.T, programs []string) []*seen {
	t.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, p := range programs {
		if err := enc.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "-ISE", "testdata/ask.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs /usr/bin/python3 to compare with")
	}
	if err != nil {
		t.Fatalf("run testdata/ask.py: %v", err)
	}
	var all []*seen
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var row []json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		all = append(all, readSeen(t, row))
	}
	if len(all) != len(programs) {
		t.Fatalf("testdata/ask.py answered %d programs, want %d", len(all), len(programs))
	}
	return all
}

func readSeen(t *testing.T, row []json.RawMessage) *seen {
	t.Helper()
	if row == nil {
		return nil
	}
	s := &seen{}
	for i, into := range []any{&s.imports, &s.names, &s.digest} {
		if err := json.Unmarshal(row[i], into); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// readSources reads a JSONL file, and skips the test where it is absent.
func readSources(t *testing.T, path string, read func([]byte) ([]source, error)) []source {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("needs %s", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []source
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		more, err := read(lines.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, more...)
	}
	return all
}

func readChecked(line []byte) ([]source, error) {
	var row struct {
		Program string
		Entry   string `json:"entry_point"`
	}
	err := json.Unmarshal(line, &row)
	return []source{{row.Program, row.Entry}}, err
}

func readFunctions(line []byte) ([]source, error) {
	var row struct {
		Source, Name string
		Imports      []string
	}
	err := json.Unmarshal(line, &row)
	text := ""
	for _, i := range row.Imports {
		text += i + "\n"
	}
	return []source{{text + row.Source, row.Name}}, err
}

func readSampled(line []byte) ([]source, error) {
	var row struct {
		Prompt  string
		Samples []string
	}
	err := json.Unmarshal(line, &row)
	var out []source
	for _, s := range row.Samples {
		out = append(out, source{row.Prompt + s, ""})
	}
	return out, err
}
