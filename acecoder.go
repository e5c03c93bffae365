// Package acecoder holds the records of the method and the few rules that are true of them everywhere.
//
// A [Problem] is a question with tests; a [Program] is one attempt at it; a [Verdict] says what became of one
// test of one program; a [Pair] is two programs of one problem of which one is clearly better; a [Drop] is a
// record that goes no further. The JSON names of their fields are the file formats, and those do not change.
//
// Three outcomes are never mixed: a verdict is the untrusted program's fate and is data, a drop is a record
// that does not go on and is data with a reason, an error is this program's own failure. The package imports
// nothing of the module.
package acecoder
