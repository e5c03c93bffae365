package pyast

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// A process parses so many texts, and so many bytes of them: making it costs as much as parsing a page.
const (
	taskItems = 64
	taskBytes = 128 << 10
)

// parseTime is the CPU time for one task. A megabyte of source takes some four seconds.
const parseTime = 10 * time.Second

// parseLimits bound one task.
var parseLimits = sandbox.Limits{Body: parseTime, Part: parseTime, Program: parseTime, Wall: 5 * parseTime}

// gaveUp begins the problem of a text that ended the process that parsed it.
const gaveUp = "Python's parser gave up: "

// answer is what answer.py says of one item: a problem, or the parts of a result.
type answer struct {
	problem string
	parts   []pyvalue.Value
}

// ask has work done on items, which are marshalled, and returns an answer for each. Many items share a process; where
// one dies, its items get processes of their own, and one that does not survive that has a problem.
func (p *Parser) ask(ctx context.Context, work string, items [][]byte) ([]answer, error) {
	if len(items) == 0 {
		return nil, nil
	}
	var s *slot
	select {
	case s = <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { p.slots <- s }()
	out := make([]answer, len(items))
	left, err := s.ask(ctx, work, items, together(items), out)
	if err == nil && len(left) > 0 {
		_, err = s.ask(ctx, work, items, left, out)
	}
	if err != nil {
		return nil, fmt.Errorf("parse Python: %w", err)
	}
	return out, nil
}

// together divides items, by their places, among tasks.
func together(items [][]byte) [][]int {
	var tasks [][]int
	size := taskBytes
	for i, item := range items {
		if size += len(item); size > taskBytes || len(tasks[len(tasks)-1]) == taskItems {
			tasks, size = append(tasks, nil), len(item)
		}
		last := len(tasks) - 1
		tasks[last] = append(tasks[last], i)
	}
	return tasks
}

// ask fills in the answers to the items of the tasks, and returns the items of those that died, each alone. An item
// that was alone already has its answer then.
func (s *slot) ask(ctx context.Context, work string, items [][]byte, tasks [][]int, out []answer) ([][]int, error) {
	frames := make([][]byte, len(tasks))
	for t, places := range tasks {
		frame := marshal.List(nil, len(places))
		for _, i := range places {
			frame = append(frame, items[i]...)
		}
		frames[t] = frame
	}
	var left [][]int
	err := s.run(ctx, []byte(work), frames, parseLimits, func(t int, r sandbox.Result) {
		answers, err := readAnswers(r.Data, len(tasks[t]))
		switch {
		case err == nil && r.Exit == 0:
			for k, i := range tasks[t] {
				out[i] = answers[k]
			}
		case len(tasks[t]) == 1:
			out[tasks[t][0]].problem = gaveUp + fate(r)
		default:
			for _, i := range tasks[t] {
				left = append(left, []int{i})
			}
		}
	})
	return left, err
}

// readAnswers reads what a task left, if it is exactly the answers that were asked for.
func readAnswers(data []byte, n int) ([]answer, error) {
	out := make([]answer, n)
	for i := range out {
		v, rest, err := pyvalue.Decode(data, pyvalue.Limits{})
		if err != nil {
			return nil, err
		}
		data = rest
		if v.Kind() != pyvalue.KindTuple || v.Len() != 2 || v.Items()[0].Kind() != pyvalue.KindStr {
			return nil, errors.New("no answer")
		}
		out[i] = answer{problem: v.Items()[0].Text()}
		if out[i].problem == "" {
			out[i].parts = v.Items()[1].Items()
		}
	}
	return out, nil
}

// fate says how a task ended.
func fate(r sandbox.Result) string {
	switch {
	case r.Killed == sandbox.OutOfMemory:
		return "it ran out of memory"
	case r.Killed != sandbox.NotKilled:
		return fmt.Sprintf("not done within %v", parseTime)
	case r.Signal != 0:
		return fmt.Sprintf("it was ended by signal %d", r.Signal)
	}
	return "it ran into a limit of its own"
}
