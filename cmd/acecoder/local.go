package main

import (
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/nn"
)

// addDevice adds the flags that say where and in what a model is computed.
func addDevice(cmd *cobra.Command, o *local.Options) {
	cmd.Flags().StringVar(&o.Device, "backend", "go", "what computes: go, xla:cpu, xla:cuda (those of XLA in a binary of `make build-xla`)")
	cmd.Flags().StringVar(&o.DType, "dtype", "float32", "what blocks are computed in: float32 or bfloat16")
	complete(cmd, "backend", nn.Devices)
	complete(cmd, "dtype", local.Types)
}
