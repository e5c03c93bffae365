package acecoder_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path that the imports of our own packages begin with.
const module = "github.com/acecoder/acecoder"

// layers are all packages of the module, from the top down; "." is the root. A package may import those of the
// layers below its own and nothing else of the module. ARCHITECTURE.md has the same list in words.
var layers = []layer{
	{"command", []string{
		"cmd/acecoder", "experiments/codet", "experiments/load", "interop/checkpoint", "interop/draw", "interop/events", "interop/hub",
		"interop/model", "interop/tokenize",
	}},
	{"composition", []string{"internal/pipeline"}},
	{"assembly", []string{"internal/local"}},
	{"stage", []string{
		"internal/seed", "internal/synth", "internal/filter", "internal/sample", "internal/score", "internal/pairs", "internal/hard",
		"internal/export", "internal/bestof", "internal/reward",
	}},
	{"engine", []string{
		"internal/verify", "internal/pyast", "internal/llm", "internal/store", "internal/hub", "internal/report", "internal/train",
		"internal/checkpoint", "internal/modelserver",
	}},
	{"ground", []string{"internal/sandbox", "internal/nn", "internal/generate"}},
	{"device", []string{"internal/cpu"}},
	{"double", []string{"internal/llm/llmtest", "internal/hub/hubtest", "internal/generate/generatetest"}},
	{"leaf", []string{
		"internal/demo", "internal/flow", "internal/jsonl", "internal/kernel", "internal/llm/wire", "internal/marshal", "internal/pycode",
		"internal/pyvalue", "internal/safetensors", "internal/stats", "internal/template", "internal/tensorboard", "internal/tokenizer",
	}},
	{"root", []string{"."}},
}

// processes is the one package that starts processes.
const processes = "internal/sandbox"

type layer struct {
	name     string
	packages []string
}

// starters are what starts a process or becomes another program, by import path; "*" is all of a package.
var starters = map[string][]string{
	"os/exec": {"*"},
	"os":      {"StartProcess"},
	"syscall": {"Exec", "ForkExec", "StartProcess", "SYS_CLONE", "SYS_EXECVE", "SYS_EXECVEAT", "SYS_FORK", "SYS_VFORK"},
	"golang.org/x/sys/unix": {
		"Exec", "SYS_CLONE", "SYS_CLONE3", "SYS_EXECVE", "SYS_EXECVEAT", "SYS_FORK", "SYS_VFORK",
	},
}

func TestLayers(t *testing.T) {
	sources := readSources(t)
	for _, v := range violations(sources) {
		t.Error(v)
	}
	for _, l := range layers {
		for _, pkg := range l.packages {
			if !slices.ContainsFunc(sources, func(s source) bool { return s.pkg == pkg }) {
				t.Errorf("%s is in layer %s and not in the tree", pkg, l.name)
			}
		}
	}
}

func TestArchitectureListsEveryPackage(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\w+) \\|").FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = m[2]
	}
	for _, pkg := range packagesOf(readSources(t)) {
		_, want := layerOf(pkg)
		if got := listed[pkg]; got != want {
			t.Errorf("ARCHITECTURE.md has %s in layer %q, want %q", pkg, got, want)
		}
		delete(listed, pkg)
	}
	for pkg := range listed {
		t.Errorf("ARCHITECTURE.md lists %s, which is not in the tree", pkg)
	}
}

// TestDocumentsNameWhatExists holds the documents to their word: a package.Name in them is declared, and a test that
// they name is there.
func TestDocumentsNameWhatExists(t *testing.T) {
	declared := map[string]bool{}
	folders := map[string]bool{}
	for _, s := range readSources(t) {
		folders[s.file.Name.Name] = true
		for _, name := range declarations(s.file) {
			declared[s.file.Name.Name+"."+name] = true
			if s.test {
				declared[name] = true
			}
		}
	}
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`([a-z]+)\\.([A-Z]\\w*)`").FindAllStringSubmatch(string(text), -1) {
			if folders[m[1]] && !declared[m[1]+"."+m[2]] {
				t.Errorf("%s names %s.%s, which is not declared", document, m[1], m[2])
			}
		}
		for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w*`).FindAllString(string(text), -1) {
			if !declared[name] {
				t.Errorf("%s names %s, which is no test", document, name)
			}
		}
	}
}

// declarations returns the names that a file declares at its top level.
func declarations(file *ast.File) []string {
	var out []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				out = append(out, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					out = append(out, spec.Name.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						out = append(out, name.Name)
					}
				}
			}
		}
	}
	return out
}

// TestViolationsAreFound keeps the rules honest: a check that finds nothing looks the same as a sound tree.
func TestViolationsAreFound(t *testing.T) {
	const root = `"github.com/acecoder/acecoder"`
	tests := []struct {
		name, file, text string
		want             string // part of the one message; empty: none
	}{
		{"downward", "internal/filter/a.go", `import "github.com/acecoder/acecoder/internal/verify"`, ""},
		{"downward past a layer", "cmd/acecoder/a.go", "import " + root, ""},
		{"upward", "internal/verify/a.go", `import "github.com/acecoder/acecoder/internal/filter"`, "engine imports stage"},
		{"upward from the root", "a.go", `import "github.com/acecoder/acecoder/internal/flow"`, "root imports leaf"},
		{"a stage and a stage", "internal/pairs/a.go", `import "github.com/acecoder/acecoder/internal/score"`, "stage imports stage"},
		{"a leaf and a leaf", "internal/stats/a.go", `import "github.com/acecoder/acecoder/internal/flow"`, "leaf imports leaf"},
		{"upward from a test", "internal/verify/a_test.go", `import "github.com/acecoder/acecoder/internal/filter"`, "engine imports stage"},
		{"a test of its own package", "internal/pairs/a_test.go", `import "github.com/acecoder/acecoder/internal/pairs"`, ""},
		{"no layer", "internal/util/a.go", "", "in no layer"},
		{"an import of no layer", "internal/filter/a.go", `import "github.com/acecoder/acecoder/internal/util"`, "in no layer"},
		{"os/exec", "internal/filter/a.go", `import "os/exec"`, "starts processes"},
		{"os/exec in a test", "internal/filter/a_test.go", `import "os/exec"`, ""},
		{"os/exec in the sandbox", "internal/sandbox/a.go", `import "os/exec"`, ""},
		{"os.StartProcess", "internal/flow/a.go", "import \"os\"\nvar _ = os.StartProcess", "starts processes"},
		{"another name", "internal/flow/a.go", "import s \"syscall\"\nvar _ = s.ForkExec", "starts processes"},
		{"no name", "internal/flow/a.go", "import . \"syscall\"\nvar _ = ForkExec", "imported without a name"},
		{"os.ReadFile", "internal/flow/a.go", "import \"os\"\nvar _ = os.ReadFile", ""},
		{"x/sys", "internal/flow/a.go", "import \"golang.org/x/sys/unix\"\nvar _ = unix.Exec", "starts processes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := violations([]source{parse(t, tt.file, "package p\n"+tt.text)})
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("violations of %s in %s = %q, want one with %q", tt.text, tt.file, got, tt.want)
			}
		})
	}
}

// source is one Go file of the module.
type source struct {
	pkg  string // folder from the module's root, with slashes
	name string // path from the module's root
	test bool
	file *ast.File
}

// readSources parses every Go file of the module, whatever its build tags say. Asking go list in a child process
// would be shorter, but the test cache does not see what a child reads and would call an old answer new.
func readSources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.ContainsAny(d.Name()[:1], "._") || d.Name() == "testdata" || isModule(name)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			out = append(out, parse(t, filepath.ToSlash(name), string(text)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// isModule reports whether a folder is a module of its own.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{pkg: path.Dir(name), name: name, test: strings.HasSuffix(name, "_test.go"), file: file}
}

func packagesOf(sources []source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, s.pkg)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// layerOf returns the place of a package's layer, counted from the top, and its name; -1 where it has none.
func layerOf(pkg string) (int, string) {
	for i, l := range layers {
		if slices.Contains(l.packages, pkg) {
			return i, l.name
		}
	}
	return -1, ""
}

// violations says what breaks the rules.
func violations(sources []source) []string {
	var out []string
	for _, pkg := range packagesOf(sources) {
		if at, _ := layerOf(pkg); at < 0 {
			out = append(out, fmt.Sprintf("%s is in no layer: give it one in arch_test.go and ARCHITECTURE.md", pkg))
		}
	}
	for _, s := range sources {
		out = append(out, upward(s)...)
		if !s.test && s.pkg != processes {
			out = append(out, starts(s)...)
		}
	}
	return out
}

// upward finds the imports of a file that do not lead downward.
func upward(s source) []string {
	at, name := layerOf(s.pkg)
	var out []string
	for _, spec := range s.file.Imports {
		imported, ok := local(importPath(spec))
		if at < 0 || !ok || (s.test && imported == s.pkg) {
			continue
		}
		below, belowName := layerOf(imported)
		switch {
		case below < 0:
			out = append(out, fmt.Sprintf("%s imports %s, which is in no layer", s.name, imported))
		case below <= at:
			out = append(out, fmt.Sprintf("%s imports %s: %s imports %s", s.name, imported, name, belowName))
		}
	}
	return out
}

// starts finds what starts processes in a file.
func starts(s source) []string {
	var out []string
	forbidden := map[string][]string{} // by the name that the file knows the package by
	for _, spec := range s.file.Imports {
		names, ok := starters[importPath(spec)]
		if !ok {
			continue
		}
		called := path.Base(importPath(spec))
		if spec.Name != nil {
			called = spec.Name.Name
		}
		switch {
		case names[0] == "*":
			out = append(out, fmt.Sprintf("%s imports %s: only %s starts processes", s.name, importPath(spec), processes))
		case called == ".":
			out = append(out, fmt.Sprintf("%s: %s is imported without a name", s.name, importPath(spec)))
		default:
			forbidden[called] = names
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(forbidden[x.Name], sel.Sel.Name) {
				out = append(out, fmt.Sprintf("%s uses %s.%s: only %s starts processes", s.name, x.Name, sel.Sel.Name, processes))
			}
		}
		return true
	})
	return out
}

// local returns the package's folder where an import path is one of the module's.
func local(imported string) (string, bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

func importPath(spec *ast.ImportSpec) string {
	unquoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return unquoted
}
