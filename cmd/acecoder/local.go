package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/nn"
)

// addDevice adds the flags that say where and in what a model is computed.
func addDevice(cmd *cobra.Command, o *local.Options) {
	cmd.Flags().StringVar(&o.Device, "backend", "cpu", "what computes: cpu, go, xla:cpu, xla:cuda (those of XLA in a binary of `make build-xla`)")
	cmd.Flags().StringVar(&o.DType, "dtype", "float32", "what blocks are computed in: float32 or bfloat16")
	complete(cmd, "backend", nn.Devices)
	complete(cmd, "dtype", local.Types)
}

// openModel loads a model from a folder or from the hub.
func openModel(a *app, cmd *cobra.Command, path string, o local.Options) (*local.Model, error) {
	folder, err := local.Folder(a.stop, path, func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
	if err != nil {
		return nil, err
	}
	return local.Open(folder, o)
}
