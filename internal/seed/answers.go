package seed

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/verify"
)

//go:embed python/answers.py
var answersSource string

// Judge judges the programs of a job and returns an outcome for each, in their order. Its error is its own failure.
type Judge = func(context.Context, verify.Job) ([]acecoder.Outcome, error)

// Answerer knows the canonical programs of benchmarks and finds problems that they already answer. It is safe for
// concurrent use; one call at a time is worked on.
type Answerer struct {
	judge Judge
	cfg   sandbox.Config
	tasks []Task // with a program that can be run
	codes []byte // the programs, compiled, for answers.py

	mu     sync.Mutex
	zygote *sandbox.Zygote
}

// AnswererOptions say where the programs run. The zero value is usable.
type AnswererOptions struct {
	Python string        // interpreter; empty: sandbox.DefaultPython
	Level  sandbox.Level // isolation; empty: the strongest that works here
}

const (
	firstTests = 4  // of a problem, which decide what programs are judged by all of them
	mostJudged = 32 // programs a problem; more pass only where the tests say little
)

// togetherProblems share a process, in which all programs are loaded.
const togetherProblems = 32

var answersLimits = sandbox.Limits{
	Body: 2 * time.Second, Part: 2 * time.Second, Program: 30 * time.Second, Wall: 2 * time.Minute, Idle: time.Second,
}

// NewAnswerer loads the tasks' programs: those whose function is known and that import nothing but modules that compute.
// BigCodeBench's are left out: they work on files, frames and plots, which tests of problems do not give them. Of tasks of
// one id only the first is kept. judge decides in the end. Close ends it.
func NewAnswerer(ctx context.Context, tasks []Task, judge Judge, opt AnswererOptions) (*Answerer, error) {
	python, err := sandbox.FindPython(ctx, opt.Python)
	if err != nil {
		return nil, err
	}
	level := opt.Level
	if level == "" {
		if level, err = sandbox.Strongest(ctx, python); err != nil {
			return nil, err
		}
	}
	a := &Answerer{judge: judge, cfg: sandbox.Config{
		Python: python, Level: level, Harness: answersSource, Memory: sandbox.GiB,
		Preload: strings.Fields("ast collections functools heapq itertools math re string typing"),
	}}
	seen := map[string]bool{}
	for _, t := range tasks {
		if t.Entry = entryOf(t); t.Entry != "" && !seen[t.ID] && t.Benchmark != bigCodeBench && isPure(t.Code) {
			seen[t.ID] = true
			a.tasks = append(a.tasks, t)
		}
	}
	if err := a.compile(ctx); err != nil {
		a.Close()
		return nil, fmt.Errorf("compile the programs of the benchmarks: %w", err)
	}
	return a, nil
}

// entryOf returns the function of a task's program: the one that is named, or the one that its tests call.
func entryOf(t Task) string {
	names := pycode.TopLevelNames(t.Code)
	if t.Entry != "" || t.Code == "" {
		return t.Entry
	}
	for _, test := range t.Tests {
		for _, name := range names {
			if strings.Contains(test, name+"(") {
				return name
			}
		}
	}
	return ""
}

// pure are the modules that programs for questions with tests need; others wait, or reach for what is not there.
var pure = strings.Fields("array bisect builtins calendar cmath collections copy datetime decimal enum fractions functools hashlib heapq " +
	"itertools json math numbers operator queue random re statistics string struct sys typing unicodedata")

func isPure(code string) bool {
	return !slices.ContainsFunc(pycode.Imports(code), func(module string) bool { return !slices.Contains(pure, module) })
}

// Close ends the process.
func (a *Answerer) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.end()
}

func (a *Answerer) end() {
	if a.zygote != nil {
		a.zygote.Close()
		a.zygote = nil
	}
}

// compile has the programs compiled, and leaves out those that do not compile or that end the process.
func (a *Answerer) compile(ctx context.Context) error {
	sources := marshal.List(nil, len(a.tasks))
	for _, t := range a.tasks {
		sources = marshal.Bytes(sources, t.Code)
	}
	out, err := a.run(ctx, nil, sources)
	if err != nil {
		return err
	}
	if len(out.values) < len(a.tasks) {
		return fmt.Errorf("the process ended at %s", a.tasks[len(out.values)].ID)
	}
	var codes [][]byte
	for i, v := range out.values[:len(a.tasks)] {
		if code := v.Items()[0].Text(); code != "" {
			a.tasks[len(codes)] = a.tasks[i]
			codes = append(codes, marshal.Str(marshal.Bytes(marshal.Tuple(nil, 2), code), a.tasks[i].Entry))
		}
	}
	a.tasks = a.tasks[:len(codes)]
	for {
		a.codes = append(marshal.List(nil, len(codes)), slices.Concat(codes...)...)
		if out, err = a.run(ctx, a.codes, problemsTask(true, nil, nil)); err != nil || out.whole || len(out.values) == 0 {
			return err
		}
		last := out.place(len(codes))
		a.tasks, codes = slices.Delete(a.tasks, last, last+1), slices.Delete(codes, last, last+1)
	}
}

// Answers returns, for each problem, the tasks whose canonical programs pass all of its tests, called by the name that the
// tests have for them. A program that takes more than some ten milliseconds for the first test is not found: what the
// programs were not made for, some of them never get done with. The error is a failure of the sandbox or of the judge, or
// ctx's end.
func (a *Answerer) Answers(ctx context.Context, problems []acecoder.Problem) ([][]Evidence, error) {
	found := make([]answered, len(problems))
	if err := a.search(ctx, problems, found); err != nil {
		return nil, fmt.Errorf("look for canonical programs: %w", err)
	}
	out := make([][]Evidence, len(problems))
	for i := range problems {
		evidence, err := a.confirm(ctx, &problems[i], found[i])
		if err != nil {
			return nil, fmt.Errorf("judge canonical programs by the tests of %s: %w", problems[i].ID, err)
		}
		out[i] = evidence
	}
	return out, nil
}

// answered is what the search found for one problem.
type answered struct {
	entry  string
	places []int // of tasks
}

// search fills in which programs pass the first tests of the problems.
func (a *Answerer) search(ctx context.Context, problems []acecoder.Problem, found []answered) error {
	if len(a.tasks) == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(problems) > 0 {
		chunk := problems[:min(len(problems), togetherProblems)]
		out, err := a.run(ctx, a.codes, problemsTask(false, chunk, nil))
		if err != nil {
			return err
		}
		done := min(len(out.values), len(chunk))
		for i := range done {
			found[i] = a.readAnswered(out.values[i])
		}
		if done < len(chunk) { // a program ended the process on this problem's tests
			if found[done], err = a.alone(ctx, &chunk[done]); err != nil {
				return err
			}
			done++
		}
		problems, found = problems[done:], found[done:]
	}
	return nil
}

// mostEnds bounds how often a problem's search goes on after a program has ended the process.
const mostEnds = 10

// alone searches for one problem, passing over the programs that end the process on its tests.
func (a *Answerer) alone(ctx context.Context, p *acecoder.Problem) (answered, error) {
	var skipped []int
	for range mostEnds {
		out, err := a.run(ctx, a.codes, problemsTask(true, []acecoder.Problem{*p}, skipped))
		switch {
		case err != nil:
			return answered{}, err
		case len(out.values) == 0:
			return answered{}, nil // the tests themselves do it
		case out.whole:
			return a.readAnswered(out.values[len(out.values)-1]), nil
		}
		skipped = append(skipped, out.place(len(a.tasks)))
	}
	return answered{}, nil
}

// problemsTask is a task for answers.py.
func problemsTask(tell bool, problems []acecoder.Problem, skipped []int) []byte {
	b := marshal.List(marshal.Bool(marshal.Tuple(nil, 2), tell), len(problems))
	for _, p := range problems {
		b = marshal.Strs(marshal.Tuple(b, 3), p.Tests[:min(len(p.Tests), firstTests)])
		b = marshal.List(marshal.Str(b, p.EntryPoint), len(skipped))
		for _, place := range skipped {
			b = marshal.Int(b, int64(place))
		}
	}
	return b
}

func (a *Answerer) readAnswered(v pyvalue.Value) answered {
	part := v.Items()
	if len(part) != 2 {
		return answered{}
	}
	out := answered{entry: part[0].Text()}
	for _, place := range part[1].Items() {
		if n, ok := place.Int64(); ok && n >= 0 && n < int64(len(a.tasks)) {
			out.places = append(out.places, int(n))
		}
	}
	return out
}

// confirm has the programs that were found judged by all of the problem's tests.
func (a *Answerer) confirm(ctx context.Context, p *acecoder.Problem, found answered) ([]Evidence, error) {
	if len(found.places) == 0 {
		return nil, nil
	}
	job := verify.Job{ID: p.ID, Tests: p.Tests, Prelude: p.Prelude, Setup: p.Setup, EntryPoint: p.EntryPoint}
	found.places = found.places[:min(len(found.places), mostJudged)]
	for _, place := range found.places {
		program := a.tasks[place].Code
		if name := a.tasks[place].Entry; name != found.entry {
			program += fmt.Sprintf("\n\n%s = %s\n", found.entry, name)
		}
		job.Programs = append(job.Programs, acecoder.Program{ID: a.tasks[place].ID, Program: program})
	}
	outcomes, err := a.judge(ctx, job)
	if err != nil {
		return nil, err
	}
	var out []Evidence
	for i, o := range outcomes {
		if t := a.tasks[found.places[i]]; o.Status == acecoder.Pass {
			out = append(out, Evidence{
				ID: p.ID, Benchmark: t.Benchmark, Task: t.ID, Rule: ByAnswer,
				Detail: fmt.Sprintf("its %s passes all %d tests", t.Entry, len(p.Tests)),
			})
		}
	}
	return out, nil
}

// said is what a task left.
type said struct {
	values []pyvalue.Value
	whole  bool // it came to its end
}

// place is the last thing that was said, the place of one of n programs.
func (s said) place(n int) int {
	at, _ := s.values[len(s.values)-1].Items()[0].Int64()
	return int(min(max(at, 0), int64(n)-1))
}

// run runs a task and returns what it left. A zygote that breaks is replaced once.
func (a *Answerer) run(ctx context.Context, common, task []byte) (said, error) {
	for try := 0; ; try++ {
		if a.zygote == nil {
			z, err := sandbox.Start(ctx, a.cfg)
			if err != nil {
				return said{}, err
			}
			a.zygote = z
		}
		var out said
		err := a.zygote.Run(ctx, common, [][]byte{task}, answersLimits, func(_ int, r sandbox.Result) { out = readSaid(r) })
		if err == nil {
			return out, nil
		}
		a.end()
		if try > 0 || ctx.Err() != nil || !errors.Is(err, sandbox.ErrZygote) {
			return said{}, err
		}
	}
}

// readSaid reads tuples until the end, or until something that is none: the process is not to be trusted.
func readSaid(r sandbox.Result) said {
	s := said{whole: r.Exit == 0}
	for data := r.Data; len(data) > 0; {
		v, rest, err := pyvalue.Decode(data, pyvalue.Limits{})
		if err != nil || v.Kind() != pyvalue.KindTuple || v.Len() == 0 {
			return said{values: s.values}
		}
		s.values, data = append(s.values, v), rest
	}
	return s
}
