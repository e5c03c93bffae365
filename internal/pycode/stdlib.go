package pycode

import "slices"

//go:generate sh -c "/usr/bin/python3 -I stdlib.py > stdlib_names.go"

// StdlibModules returns the top-level modules of CPython's standard library, sorted; the private ones and those of
// other systems are among them. The slice is the caller's.
func StdlibModules() []string { return slices.Clone(stdlibNames[:]) }

// IsStdlib tells whether a top-level module belongs to CPython's standard library.
func IsStdlib(name string) bool {
	_, found := slices.BinarySearch(stdlibNames[:], name)
	return found
}
