// Package verify judges untrusted programs by tests, fast, and so that a program cannot forge a pass.
//
// In: a [Job], one question's tests and programs. Out: one [acecoder.Outcome] a program, one verdict a test.
//
// The invariant that all else serves: whatever decides is never where the program is. A test is judged in the
// first of three ways that can judge it:
//
//   - value: the test is split into calls and expected values. The program's process gets the calls and returns
//     data; the comparison is made here, by Python's rules. Expected values never enter that process, and it
//     never says pass or fail. Forging a result is then the same as returning it.
//   - oracle: what does not split runs in a trusted process of its own, in which each of the program's functions
//     is a stub that asks the program's process for data.
//   - in process: what wants live objects of the program runs beside it, and its verdict is marked so.
//
// CPU time judges; wall-clock time is the safety net. A test's limit is a constant of the profile or of the
// problem, so that no verdict depends on the machine's load or on the programs judged beside it. A program that
// hangs, crashes or cheats is a verdict; an error is this package's own failure.
package verify
