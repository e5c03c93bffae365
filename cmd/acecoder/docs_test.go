package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/verify"
)

// document is the path of a file of the repository.
func document(name string) string { return filepath.Join("..", "..", filepath.FromSlash(name)) }

// readDocument is a file of the repository.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(document(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```")
	shownTime = regexp.MustCompile(`"cpu_ms":[0-9.]+`)
)

// example takes the first two blocks of JSON from a document, a row and what is made of it, and writes each as one
// line; the times of the second are 0, as with --omit-cpu:
//
//	example DOCUMENT ROW RESULT
func example(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: example document row result")
	}
	text, err := os.ReadFile(document(args[0]))
	ts.Check(err)
	blocks := jsonBlock.FindAllSubmatch(text, 2)
	if len(blocks) < 2 {
		ts.Fatalf("%s has %d blocks of JSON, want a row and what is made of it", args[0], len(blocks))
	}
	for i, block := range blocks {
		var line bytes.Buffer
		ts.Check(json.Compact(&line, block[1]))
		data := append(shownTime.ReplaceAll(line.Bytes(), []byte(`"cpu_ms":0`)), '\n')
		ts.Check(os.WriteFile(ts.MkAbs(args[1+i]), data, 0o666))
	}
}

// TestDocumentsShowCommandsThatExist: what the documents say to type, after "make" or "acecoder", can be typed.
func TestDocumentsShowCommandsThatExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(readDocument(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	documents, err := filepath.Glob(document("docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"}
	for _, path := range documents {
		names = append(names, "docs/"+filepath.Base(path))
	}
	// At the start of a line of code, or right behind a backquote.
	typed := regexp.MustCompile("(?m)(?:^|`)(?:(make) ([a-z-]+)|(?:bin/)?acecoder (--?[^`\n]*|[a-z][^`\n]*))")
	for _, name := range names {
		for _, m := range typed.FindAllStringSubmatch(readDocument(t, name), -1) {
			if m[1] == "make" {
				if !targets[m[2]] {
					t.Errorf("%s says %q, and the Makefile has no such target", name, m[0])
				}
				continue
			}
			if err := parses(m[3]); err != nil {
				t.Errorf("%s says %q: %v", name, m[0], err)
			}
		}
	}
}

// parses reports what is wrong with a command line, without running it.
func parses(line string) error {
	line, _, _ = strings.Cut(line, "#")
	cmd, args, err := newRoot(&app{}).Find(strings.Fields(line))
	if err != nil {
		return err
	}
	for i, arg := range args { // a flag that is only named has no value
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		flag, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if flag != "help" && cmd.Flags().Lookup(flag) == nil {
			return fmt.Errorf("%s has no flag %s (argument %d)", cmd.Name(), arg, i+1)
		}
	}
	return nil
}

func TestReadmeListsEveryCommand(t *testing.T) {
	_, table, _ := strings.Cut(readDocument(t, "README.md"), "\n## Commands\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, m[1])
	}
	for _, cmd := range newRoot(&app{}).Commands() {
		if cmd.Name() != "version" {
			want = append(want, cmd.Name())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("README.md lists the commands %v, want %v", got, want)
	}
}

func TestReadmeListsEveryStatus(t *testing.T) {
	var words []string
	for _, s := range acecoder.Statuses() {
		words = append(words, string(s))
	}
	last := len(words) - 1
	want := "`status` is one of " + strings.Join(words[:last], ", ") + " and " + words[last] + "."
	text := strings.Join(strings.Fields(readDocument(t, "README.md")), " ")
	if !strings.Contains(text, want) {
		t.Errorf("README.md does not say: %s", want)
	}
}

// TestSandboxDocumentHasTheProfiles holds the table of limits in docs/sandbox.md to the limits.
func TestSandboxDocumentHasTheProfiles(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$")
	got := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(readDocument(t, "docs/sandbox.md"), -1) {
		name, notes := m[1], m[7]
		if got[name] {
			t.Errorf("profile %s is listed twice", name)
		}
		got[name] = true
		p, err := verify.ProfileByName(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, want := range []time.Duration{p.Body, p.Test, p.AfterTimeout, p.Program} {
			column := []string{"body", "test", "after a timeout", "program"}[i]
			if got := documentedTime(t, m[2+i]); got != want {
				t.Errorf("%s, %s: the document has %v, the profile %v", name, column, got, want)
			}
		}
		if got := documentedSize(t, m[6]); got != p.Memory {
			t.Errorf("%s, memory: the document has %v, the profile %v", name, got, p.Memory)
		}
		if got := strings.Contains(notes, "binary") || strings.Contains(notes, "stops at the first"); got != p.StopAtFirst {
			t.Errorf("%s, stops at the first failure: the document has %v, the profile %v", name, got, p.StopAtFirst)
		}
		if got := strings.Contains(notes, "own limits"); got != p.ProblemLimits {
			t.Errorf("%s, a problem's own limits: the document has %v, the profile %v", name, got, p.ProblemLimits)
		}
		checkDefaults(t, name, notes)
	}
	if got, want := slices.Sorted(maps.Keys(got)), verify.ProfileNames(); !slices.Equal(got, want) {
		t.Errorf("docs/sandbox.md lists the profiles %v, want %v", got, want)
	}
}

// checkDefaults compares the commands that the notes on a profile name with those that it is the default of.
func checkDefaults(t *testing.T, profile, notes string) {
	t.Helper()
	for _, cmd := range newRoot(&app{}).Commands() {
		if got, want := strings.Contains(notes, "`"+cmd.Name()+"`"), defaultProfile(cmd) == profile; got != want {
			t.Errorf("%s, the default of %s: the document has %v, the command %v", profile, cmd.Name(), got, want)
		}
	}
}

func defaultProfile(cmd *cobra.Command) string {
	if flag := cmd.Flags().Lookup("profile"); flag != nil {
		return flag.DefValue
	}
	return ""
}

// documentedTime reads "200 ms" and "15 s"; a dash is no time.
func documentedTime(t *testing.T, text string) time.Duration {
	t.Helper()
	if text == "–" {
		return 0
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Error(err)
	}
	return d
}

// documentedSize reads "512 MiB" and "4 GiB".
func documentedSize(t *testing.T, text string) sandbox.Size {
	t.Helper()
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	units := map[string]sandbox.Size{"MiB": sandbox.MiB, "GiB": sandbox.GiB}
	if err != nil || units[unit] == 0 {
		t.Errorf("%q is no size", text)
	}
	return sandbox.Size(n) * units[unit]
}
