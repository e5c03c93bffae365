// Command checkpoint lets programs that are not written in Go meet package checkpoint.
//
//	checkpoint save FROM TO TYPE SIZE  loads the model in folder FROM and saves it as folder TO, with numbers of TYPE
//	                                   (float32, bfloat16) in files of at most SIZE bytes
//	checkpoint show FOLDER             prints what the folder is taken for, as JSON
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/checkpoint"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "checkpoint: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 5 && args[0] == "save":
		return save(args[1], args[2], args[3], args[4])
	case len(args) == 2 && args[0] == "show":
		return show(args[1])
	}
	return errors.New("usage: checkpoint save FROM TO TYPE SIZE | checkpoint show FOLDER")
}

func save(from, to, dtype, size string) (err error) {
	o := checkpoint.SaveOptions{From: from}
	if o.DType, err = dtypes.DTypeString(dtype); err != nil {
		return fmt.Errorf("type: %w", err)
	}
	if o.MaxShard, err = strconv.ParseInt(size, 10, 64); err != nil {
		return fmt.Errorf("size: %w", err)
	}
	f, err := checkpoint.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	weights, err := f.Load(o.DType)
	if err != nil {
		return err
	}
	return checkpoint.Save(to, f.Config, weights, o)
}

func show(dir string) error {
	f, err := checkpoint.Open(dir)
	if err != nil {
		return err
	}
	shown := map[string]any{"generation": f.Generation, "extra": f.Extra, "headless": f.Headless, "parameters": f.Config.Count()}
	return errors.Join(json.NewEncoder(os.Stdout).Encode(shown), f.Close())
}
