package verify

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/acecoder/acecoder/internal/sandbox"
)

var (
	//go:embed python/codec.py
	codecSource string
	//go:embed python/program.py
	programSource string
	//go:embed python/serve.py
	serveSource string
	//go:embed python/oracle.py
	oracleSource string
	//go:embed python/testfile.py
	testFileSource string
	//go:embed python/split.py
	splitSource string
)

// flavour is a kind of zygote. Each slot starts those that it needs.
type flavour int

const (
	programs flavour = iota // runs programs; what most of them import is loaded
	numeric                 // the same with numpy, which costs every process twice as much
	beside                  // runs programs with tests beside them, and nothing else
	oracles                 // runs tests, never a program
	files                   // runs files of tests: pytest is loaded
	splitter                // takes tests apart, in the zygote itself
	flavours
)

// preload is what programs usually import: the rest costs a program a millisecond or so when it imports it, and
// would cost every process some page copies.
var preload = strings.Fields("typing collections math re itertools functools heapq bisect random string operator copy " +
	"datetime json")

// sources are the harnesses of the flavours.
var sources = [flavours]string{
	programs: codecSource + testFileSource + programSource + serveSource,
	numeric:  codecSource + testFileSource + programSource + serveSource,
	beside:   codecSource + testFileSource + programSource + serveSource,
	oracles:  codecSource + testFileSource + oracleSource,
	files:    codecSource + testFileSource + oracleSource,
	splitter: splitSource,
}

// recycleAfter is how many tasks a zygote runs before a fresh one takes its place: whatever a long life might
// leave behind, it leaves no further.
const recycleAfter = 20000

// slot is one worker's set of zygotes. One goroutine uses it at a time.
type slot struct {
	n       int
	cfg     sandbox.Config // what all flavours share
	zygotes [flavours]*sandbox.Zygote

	sessions uint32 // of oracles with programs
}

func (s *slot) close() {
	for i, z := range s.zygotes {
		if z != nil {
			z.Close()
			s.zygotes[i] = nil
		}
	}
}

// zygote returns the slot's zygote of a flavour, started if need be.
func (s *slot) zygote(ctx context.Context, f flavour) (*sandbox.Zygote, error) {
	z := s.zygotes[f]
	if z != nil && z.Ran() < recycleAfter {
		return z, nil
	}
	if z != nil {
		z.Close()
		s.zygotes[f] = nil
	}
	cfg := s.cfg
	cfg.Harness = sources[f]
	cfg.Preload = preload
	switch f {
	case numeric:
		cfg.Preload = append([]string{"numpy"}, preload...)
		cfg.Require = []string{"numpy"}
		cfg.Memory += sandbox.GiB / 4 // numpy's own buffers
	case files:
		cfg.Preload = append([]string{"unittest", "pytest"}, preload...)
	case splitter:
		cfg.Preload, cfg.Inline, cfg.Memory = nil, true, sandbox.GiB
	}
	z, err := sandbox.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s.zygotes[f] = z
	return z, nil
}

// run gives tasks to a zygote of a flavour. Should the zygote break, a fresh one runs what was left; if that
// breaks too, it is an error.
func (s *slot) run(ctx context.Context, f flavour, common []byte, tasks [][]byte, lim sandbox.Limits,
	each func(int, sandbox.Result),
) error {
	done := 0
	for try := 0; ; try++ {
		z, err := s.zygote(ctx, f)
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
		z.Close()
		s.zygotes[f] = nil
		if !errors.Is(err, sandbox.ErrZygote) || ctx.Err() != nil || (try > 2 && done == first) {
			return fmt.Errorf("slot %d: %w", s.n, err)
		}
	}
}
