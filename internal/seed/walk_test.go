package seed_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/seed"
)

// files returns what Walk yields, by place.
func files(t *testing.T, folder string) []seed.File {
	t.Helper()
	var out []seed.File
	for f, err := range seed.Walk(t.Context(), folder, "") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

const mit = `Copyright (c) 2020 Someone

Permission is hereby granted, free of charge, to any person obtaining a copy of this software, to deal in the Software
without restriction, including without limitation the rights to use.`

func TestWalk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "project")
	write(
		t, folder,
		"LICENSE", mit,
		"b.py", "b = 1\n",
		"a.py", "a = 1\n",
		"a.txt", "no source\n",
		"pkg/c.py", "c = 1\n",
		"pkg/vendor/COPYING.txt", "The ISC License: Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is granted",
		"pkg/vendor/d.py", "d = 1\n",
		"pkg/vendor/deep/e.py", "# SPDX-License-Identifier: Apache-2.0\n",
		"tests/test_a.py", "t = 1\n",
		".git/hooks/x.py", "x = 1\n",
		"__pycache__/x.py", "x = 1\n",
		"env/pyvenv.cfg", "", "env/x.py", "x = 1\n",
		"lib/site-packages/x.py", "x = 1\n",
		"large.py", strings.Repeat("# large\n", 1<<17+1),
		"bytes.py", "x = '\xff'\n",
	)
	outside := t.TempDir()
	write(t, outside, "out.py", "x = 1\n")
	for _, link := range [][2]string{{filepath.Join(outside, "out.py"), "link.py"}, {outside, "linked"}} {
		if err := os.Symlink(link[0], filepath.Join(folder, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	got := files(t, folder)
	var lines []string
	for _, f := range got {
		line := f.Place + " " + f.License
		if f.Drop != nil {
			line += " " + string(f.Drop.Reason) + ": " + f.Drop.Detail
		}
		if f.Source != "project" {
			t.Errorf("%s has source %q, want the folder's name", f.Place, f.Source)
		}
		lines = append(lines, line)
	}
	want := []string{
		"project/a.py MIT", "project/b.py MIT", "project/bytes.py MIT unparsable: not utf-8 at byte 5",
		"project/large.py MIT too_long: more than 1048576 bytes", "project/pkg/c.py MIT", "project/pkg/vendor/d.py ISC",
		"project/pkg/vendor/deep/e.py Apache-2.0", "project/tests/test_a.py MIT",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("Walk found\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestWalkEnds(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.py", "", "b.py", "")
	n := 0
	for _, err := range seed.Walk(t.Context(), folder, "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		break
	}
	if n != 1 {
		t.Errorf("a walk that is left goes on")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range seed.Walk(ctx, folder, "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a walk whose context has ended yields %v", err)
		}
	}
	for _, err := range seed.Walk(t.Context(), filepath.Join(folder, "none"), "") {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a walk of nothing yields %v", err)
		}
	}
}

func TestFileRows(t *testing.T) {
	p := parser(t)
	tests := []struct {
		name, text string
		want       []string // programs, or the reason and detail of the drop
	}{
		{"functions with what they need", "import os\nfrom math import sin, cos\nK = 1\n\ndef f(x):\n    'Doc.'\n    return sin(x) + K\n\n\ndef g(): pass\n\nclass C:\n    'Doc.'\n    p = os.sep\n", []string{
			"p/a.py:5 from math import sin\n\n\ndef f(x):\n    'Doc.'\n    return sin(x) + K\n missing [\"K\"]",
			"p/a.py:12 import os\n\n\nclass C:\n    'Doc.'\n    p = os.sep\n missing ",
		}},
		{"none documented", "def f(): pass\n", []string{"no_function: no function or class at its top level has a docstring"}},
		{"does not parse", "def f(:\n", []string{"unparsable: SyntaxError: invalid syntax (line 1)"}},
	}
	for _, tt := range tests {
		rows, dropped, err := seed.File{Place: "p/a.py", Source: "p", Text: tt.text, License: "MIT"}.Rows(t.Context(), p.Functions)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			if r.Place != r.Origin || r.License != "MIT" || r.Source != "p" || r.Answer {
				t.Errorf("%s: row %+v", tt.name, r)
			}
			got = append(got, r.Place+" "+r.Text+" missing "+string(r.Extra["missing"]))
		}
		if dropped != nil {
			got = append(got, string(dropped.Reason)+": "+dropped.Detail)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: Rows = %q, want %q", tt.name, got, tt.want)
		}
	}
	already := &acecoder.Drop{ID: "x"}
	if _, dropped, err := (seed.File{Drop: already}).Rows(t.Context(), nil); dropped != already || err != nil {
		t.Errorf("a file that is dropped is looked at: %v, %v", dropped, err)
	}
}
