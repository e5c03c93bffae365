// Command acecoder is the AceCoder method as one program: it judges programs by tests, keeps the tests that an
// oracle's program passes, gives programs their pass rates and makes preference pairs of them.
//
// In: files of rows, flags, signals. Out: files of rows, figures, and an exit code that a script can act upon.
// Its one invariant: an output file is there complete or not at all, and what was interrupted can be gone on with.
package main

import (
	"fmt"
	"os"
)

func main() { os.Exit(run(os.Args[1:])) }

// run executes the command line and returns the exit code.
func run(args []string) int {
	a, end := newApp()
	defer end()
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(a.stop)
	code, message := a.exit(err)
	if message != "" {
		fmt.Fprintln(os.Stderr, "acecoder: "+message)
	}
	return code
}
