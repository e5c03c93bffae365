package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// output is a file of rows that an interrupted run may have begun. A nil output takes rows and keeps none.
type output struct {
	*jsonl.Writer
	path string

	// Of the rows that are done: the walk beside the input, and the rows themselves, for the figures.
	done  *jsonl.Done
	old   *jsonl.Reader
	next  func() (jsonl.Row, error, bool)
	close func()
}

// create begins an output; an empty path is none.
func create(path string, resume bool) (*output, error) {
	if path == "" {
		return nil, nil
	}
	if !resume {
		w, err := jsonl.Create(path)
		return &output{Writer: w, path: path}, err
	}
	w, done, err := jsonl.Resume(path, jsonl.Key("id"))
	if err != nil {
		return nil, err
	}
	o := &output{Writer: w, path: path, done: done}
	if done.Left() == 0 {
		return o, nil
	}
	if o.old, err = jsonl.Open(path + jsonl.PartialSuffix); err != nil {
		return nil, errors.Join(err, done.Close(), w.Suspend())
	}
	o.next, o.close = iter.Pull2(o.old.All(context.Background()))
	return o, nil
}

// left returns how many rows are done that have not been taken.
func (o *output) left() int {
	if o == nil || o.done == nil {
		return 0
	}
	return o.done.Left()
}

// take returns the row that is done for this id, or nil. Where every row of the input has one, as strict says,
// another in its place is an error.
func (o *output) take(id string, strict bool) (json.RawMessage, error) {
	if o.left() == 0 {
		return nil, nil
	}
	ask := o.done.Take
	if strict {
		ask = o.done.Skip
	}
	if is, err := ask(id); err != nil || !is {
		return nil, err
	}
	row, err, ok := o.next()
	if err != nil || !ok {
		return nil, fmt.Errorf("read %s again: %w", o.path+jsonl.PartialSuffix, errors.Join(err, errors.New("a row is gone")))
	}
	return row.Raw, nil
}

// checkEnd is to be called at the end of the input: nothing that is done may be left over.
func (o *output) checkEnd() error {
	if o == nil || o.done == nil {
		return nil
	}
	return o.done.End()
}

// put writes a row.
func (o *output) put(v any) error {
	if o == nil {
		return nil
	}
	return o.Write(v)
}

// finish ends the output: with no error it becomes the file; else its rows stay for --resume where the command
// has that, and there are any, and go where not.
func (o *output) finish(err error, resumable bool) error {
	if o == nil {
		return err
	}
	if o.done != nil {
		if o.close != nil {
			o.close()
			_ = o.old.Close()
		}
		_ = o.done.Close()
	}
	switch {
	case err == nil:
		return o.Close()
	case !resumable || !isFile(o.path) || o.Rows() == 0:
		return errors.Join(err, o.Abort())
	}
	if failed := o.Suspend(); failed != nil {
		return errors.Join(err, failed)
	}
	if _, told := errors.AsType[suspendedError](err); told {
		return err
	}
	return suspendedError{err, o.path + jsonl.PartialSuffix}
}

// isFile reports whether an output becomes a regular file, so that it can be gone on with.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "-" && (err != nil || info.Mode().IsRegular())
}
