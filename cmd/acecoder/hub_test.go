package main

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

// startHub starts a stand-in for the Hugging Face hub, to which the commands that follow then go:
//
//	hub
func startHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: hub")
	}
	h := hubtest.Start()
	ts.Defer(h.Stop)
	ts.Setenv("HF_ENDPOINT", h.URL)
	ts.Setenv("HF_TOKEN", hubtest.Token)
	ts.Setenv("HF_HOME", ts.MkAbs("hf"))
}
