package main

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"acecoder": main})
}

// isolation reports whether programs can be judged on this machine.
var isolation = sync.OnceValue(func() bool { return diagnose(context.Background(), "").OK })

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(cond string) (bool, error) {
			return cond == "isolation" && isolation(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"cut": cut, "example": example, "hub": startHub, "model": makeModel},
	})
}

// cut makes the unfinished output of a run that was killed out of a finished one:
//
//	cut FINISHED PARTIAL PER-CENT
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut finished partial per-cent")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	share, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data[:len(data)*share/100], 0o666))
}
