package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

// startHub starts a stand-in for the Hugging Face hub, to which the commands that follow then go:
//
//	hub [MODEL FOLDER]
//
// With a name and a folder it has that model.
func startHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 && len(args) != 2 {
		ts.Fatalf("usage: hub [model folder]")
	}
	h := hubtest.Start()
	ts.Defer(h.Stop)
	if len(args) == 2 {
		files := map[string]string{}
		entries, err := os.ReadDir(ts.MkAbs(args[1]))
		ts.Check(err)
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(ts.MkAbs(args[1]), e.Name()))
			ts.Check(err)
			files[e.Name()] = string(data)
		}
		h.Put("models/"+args[0], files)
	}
	ts.Setenv("HF_ENDPOINT", h.URL)
	ts.Setenv("HF_TOKEN", hubtest.Token)
	ts.Setenv("HF_HOME", ts.MkAbs("hf"))
}
