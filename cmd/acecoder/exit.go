package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pipeline"
)

// The exit codes. Scripts rely on them: they do not change.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDrops       = 3
	exitPaused      = 4
	exitInterrupted = 130
)

// exitCodes is the part of every command's help that tells them.
const exitCodes = `
Exit codes:
  0    done
  1    failed, or finished with rows that could not be read
  2    wrong usage or configuration; nothing was written
  3    finished, with more drops than --max-drops allows
  4    paused: the budget is reached, or answers are awaited; the same command goes on
  130  interrupted; --resume goes on where the command has it
`

// usageError is a mistake in flags or arguments.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// badRowsError tells that a run is complete but for rows that could not be read.
type badRowsError struct{ bad, rows int }

func (e badRowsError) Error() string {
	return fmt.Sprintf("%d of %d rows could not be read; the others are done", e.bad, e.rows)
}

// dropsError tells that a run is complete and dropped more than was allowed.
type dropsError struct {
	drops, rows int
	allowed     float64
}

func (e dropsError) Error() string {
	return fmt.Sprintf("%d of %d problems dropped (%.1f %%), %.1f %% allowed; the output is complete",
		e.drops, e.rows, 100*float64(e.drops)/float64(e.rows), 100*e.allowed)
}

// suspendedError is an error that left an output which can be gone on with.
type suspendedError struct {
	err     error
	partial string
}

func (e suspendedError) Error() string {
	return fmt.Sprintf("%v; what is done is in %s: the same command with --resume goes on", e.err, e.partial)
}
func (e suspendedError) Unwrap() error { return e.err }

// exit is the table from errors to exit code and message.
func (a *app) exit(err error) (code int, message string) {
	var (
		usage usageError
		drops dropsError
	)
	switch {
	case err == nil:
		return exitDone, ""
	case errors.Is(err, context.Canceled) && a.drain.Err() != nil:
		if kept, ok := errors.AsType[suspendedError](err); ok {
			kept.err = errors.New("interrupted")
			return exitInterrupted, kept.Error()
		}
		return exitInterrupted, "interrupted"
	case paused(err):
		return exitPaused, err.Error()
	case misconfigured(err):
		return exitUsage, err.Error()
	case !a.started, errors.As(err, &usage):
		return exitUsage, err.Error() + "\nacecoder: --help tells more"
	case errors.As(err, &drops):
		return exitDrops, err.Error()
	}
	return exitFailed, err.Error()
}

// misconfigured reports whether an error is a mistake of the user's that only the work found: a key that is not there.
func misconfigured(err error) bool {
	_, missing := errors.AsType[*pipeline.KeyMissingError](err)
	return missing
}

// paused reports whether a run has ended in a way that is no failure, and can be gone on with.
func paused(err error) bool {
	_, waiting := errors.AsType[*pipeline.WaitingError](err)
	return waiting || errors.Is(err, llm.ErrBudget)
}
