package pyast

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/acecoder/acecoder/internal/sandbox"
)

var (
	//go:embed python/flatten.py
	flattenSource string
	//go:embed python/parse.py
	parseSource string
	//go:embed python/functions.py
	functionsSource string
	//go:embed python/inspect.py
	inspectSource string
	//go:embed python/tests.py
	testsSource string
	//go:embed python/answer.py
	answerSource string
)

// preload is what the harness imports.
var preload = strings.Fields("ast collections hashlib itertools math re textwrap warnings")

// recycleAfter is how many tasks a zygote runs before a fresh one takes its place.
const recycleAfter = 20000

// Options say where a parser works. The zero value is usable.
type Options struct {
	Python string        // interpreter; empty: sandbox.DefaultPython
	Level  sandbox.Level // isolation; empty: the strongest that works here
	Jobs   int           // calls that are worked on at the same time; 0: one a core
}

// Parser asks CPython about source text. It is safe for concurrent use.
type Parser struct {
	slots chan *slot
	close sync.Once
}

// slot is one zygote. One goroutine uses it at a time.
type slot struct {
	cfg    sandbox.Config
	zygote *sandbox.Zygote
}

// New makes a parser and asks it a question whose answer is known. Close ends it.
func New(ctx context.Context, opt Options) (*Parser, error) {
	if opt.Jobs <= 0 {
		opt.Jobs = runtime.GOMAXPROCS(0)
	}
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
	p := &Parser{slots: make(chan *slot, opt.Jobs)}
	for range opt.Jobs {
		p.slots <- &slot{cfg: sandbox.Config{
			Python: python, Level: level, Preload: preload, Memory: sandbox.GiB,
			Harness: flattenSource + parseSource + functionsSource + inspectSource + testsSource + answerSource,
		}}
	}
	found, err := p.Inspect(ctx, []string{"def f(x):\n    print(x)\n    return x\n", "def"})
	if err == nil && (len(found[0].Shapes) != 1 || found[0].Unprinted != "def f(x):\n    return x\n" || found[1].Problem == "") {
		err = fmt.Errorf("python %s does not parse as it should: %+v", python.Path, found)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close ends all processes, after the calls that are being worked on.
func (p *Parser) Close() {
	p.close.Do(func() {
		for range cap(p.slots) {
			(<-p.slots).end()
		}
	})
}

func (s *slot) end() {
	if s.zygote != nil {
		s.zygote.Close()
		s.zygote = nil
	}
}

// warm returns the slot's zygote, started if need be.
func (s *slot) warm(ctx context.Context) (*sandbox.Zygote, error) {
	if s.zygote != nil && s.zygote.Ran() >= recycleAfter {
		s.end()
	}
	if s.zygote == nil {
		z, err := sandbox.Start(ctx, s.cfg)
		if err != nil {
			return nil, err
		}
		s.zygote = z
	}
	return s.zygote, nil
}

// run runs tasks in order and calls each with how they ended. Should the zygote break, a fresh one runs what was
// left; if that breaks too, it is an error.
func (s *slot) run(ctx context.Context, common []byte, tasks [][]byte, lim sandbox.Limits, each func(int, sandbox.Result)) error {
	done := 0
	for try := 0; ; try++ {
		z, err := s.warm(ctx)
		if err != nil {
			return err
		}
		first := done
		err = z.Run(ctx, common, tasks[first:], lim, func(i int, r sandbox.Result) {
			done = first + i + 1
			each(first+i, r)
		})
		if err == nil {
			return nil
		}
		s.end()
		if !errors.Is(err, sandbox.ErrZygote) || ctx.Err() != nil || (try > 2 && done == first) {
			return err
		}
	}
}
