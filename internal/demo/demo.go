// Package demo holds a small corpus to show the whole way on: problems with tests, oracles and programs, all written
// for this purpose or made from written ones by mutation, with the mistakes, loops, crashes and cheats of real ones.
//
// It takes nothing and gives one JSON row a problem, in the format that the stages read. Its invariant: the corpus is
// what generate.py makes of the problems in written/, byte for byte, and no program of it was written by a model.
package demo

import _ "embed"

//go:embed problems.jsonl
var problems []byte

// Problems returns the corpus as JSON lines. The caller must not change the bytes.
func Problems() []byte { return problems }
