package seed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
)

// maxFile is the largest source file that is read; the largest of Python's own library has half a megabyte.
const maxFile = 1 << 20

// File is one source file of a folder.
type File struct {
	Place   string // the folder's name and the path in it
	Source  string // the name of the set
	Text    string
	License string
	Drop    *acecoder.Drop // why it is not looked at; nil if it is
}

// Walk yields the .py files of a folder in the order of their paths, but for hidden folders, virtual environments and
// what is installed in them. Symbolic links are not followed. A file's license is what its SPDX header says, else the
// license file nearest to it, else "unknown". An error ends it.
func Walk(ctx context.Context, folder, source string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		root, err := os.OpenRoot(folder)
		if err != nil {
			yield(File{}, fmt.Errorf("read the folder: %w", err))
			return
		}
		defer func() { _ = root.Close() }()
		w := walker{root: root, source: source, name: baseName(folder), licenses: map[string]string{}}
		if w.source == "" {
			w.source = w.name
		}
		err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case d.IsDir():
				return w.enter(name)
			case !d.Type().IsRegular() || path.Ext(name) != ".py":
				return nil
			}
			f, err := w.read(name)
			if err == nil && !yield(f, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(File{}, fmt.Errorf("walk %s: %w", folder, err))
		}
	}
}

// baseName is the name of a folder, however it is called.
func baseName(folder string) string {
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	return filepath.Base(folder)
}

type walker struct {
	root         *os.Root
	source, name string
	licenses     map[string]string // by folder; "" where nothing says so
}

// enter decides about a folder: fs.SkipDir passes it over.
func (w *walker) enter(name string) error {
	base := path.Base(name)
	switch {
	case name == ".":
	case strings.HasPrefix(base, "."), base == "__pycache__", base == "site-packages", base == "dist-packages", base == "node_modules":
		return fs.SkipDir
	}
	if _, err := w.root.Lstat(path.Join(name, "pyvenv.cfg")); err == nil {
		return fs.SkipDir // a virtual environment, whatever it is called
	}
	w.licenses[name] = w.licenseOf(name)
	return nil
}

// licenseOf returns what a folder's license file says, or what the folder above it has.
func (w *walker) licenseOf(folder string) string {
	entries, err := fs.ReadDir(w.root.FS(), folder)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicenseFile(e.Name()) {
			continue
		}
		if data, err := w.readFile(path.Join(folder, e.Name())); err == nil {
			if license := recognizeLicense(string(data)); license != "" {
				return license
			}
		}
	}
	if folder == "." {
		return ""
	}
	return w.licenses[path.Dir(folder)]
}

var errTooLarge = errors.New("too large")

func (w *walker) readFile(name string) ([]byte, error) {
	f, err := w.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

func (w *walker) read(name string) (File, error) {
	f := File{Place: w.name + "/" + name, Source: w.source, License: w.licenses[path.Dir(name)]}
	data, err := w.readFile(name)
	switch {
	case errors.Is(err, errTooLarge):
		f.Drop = drop(f.Place, acecoder.DropTooLong, "more than %d bytes", maxFile)
		return f, nil
	case err != nil:
		return f, err
	}
	if f.Text, err = decodeSource(data); err != nil {
		f.Drop = drop(f.Place, acecoder.DropUnparsable, "%v", err)
		return f, nil
	}
	if spdx := spdxOf(f.Text); spdx != "" {
		f.License = spdx
	}
	if f.License == "" {
		f.License = "unknown"
	}
	return f, nil
}

// FunctionsOf finds the functions of a source file, as (*pyast.Parser).Functions does.
type FunctionsOf = func(context.Context, string) ([]pyast.Function, string, error)

// Rows returns the documented functions and classes of a file as rows, each with the imports that it needs, or why there
// are none. The names that one uses and does not have, such as other functions of the file, become the seed's field
// missing. The error is that of functions.
func (f File) Rows(ctx context.Context, functions FunctionsOf) ([]Row, *acecoder.Drop, error) {
	if f.Drop != nil {
		return nil, f.Drop, nil
	}
	found, problem, err := functions(ctx, f.Text)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("look at %s: %w", f.Place, err)
	case problem != "":
		return nil, drop(f.Place, acecoder.DropUnparsable, "%s", problem), nil
	case len(found) == 0:
		return nil, drop(f.Place, acecoder.DropNoFunction, "no function or class at its top level has a docstring"), nil
	}
	rows := make([]Row, len(found))
	for i, fn := range found {
		place := fmt.Sprintf("%s:%d", f.Place, fn.Line)
		rows[i] = Row{
			Place: place, Origin: place, Source: f.Source, License: f.License,
			Text: join("\n\n\n", strings.Join(fn.Imports, "\n"), fn.Source+"\n"),
		}
		if len(fn.Missing) > 0 {
			names, _ := json.Marshal(fn.Missing) // texts always can be
			rows[i].Extra = map[string]json.RawMessage{"missing": names}
		}
	}
	return rows, nil, nil
}
