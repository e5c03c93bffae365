// Command hub lets programs that are not written in Go meet package hub and its stand-in for the Hugging Face hub.
//
//	hub serve [part-size]   serves the stand-in, says on the first line of standard output where, and stops with its
//	                        standard input
//	hub files REFERENCE     prints the local paths of a data set's files, as acecoder finds or fetches them
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hub: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 1 && args[0] == "serve":
		return serve(args[1:])
	case len(args) == 2 && args[0] == "files":
		return files(args[1])
	}
	return fmt.Errorf("usage: hub serve [part-size] | hub files reference")
}

func serve(args []string) error {
	h := hubtest.Start()
	defer h.Stop()
	if len(args) > 0 {
		size, err := strconv.Atoi(args[0])
		if err != nil {
			return fmt.Errorf("part size: %w", err)
		}
		h.PartSize = size
	}
	fmt.Println(h.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func files(text string) error {
	ref, err := hub.ParseRef(text)
	if err != nil {
		return err
	}
	paths, err := hub.New(hub.Options{}).DatasetFiles(context.Background(), ref)
	for _, path := range paths {
		fmt.Println(path)
	}
	return err
}
