//go:build xla

package nn

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
)

// init gives the binary XLA. Its plugins are looked for on this machine and never downloaded.
func init() {
	xla.EnableAutoInstall(false)
	openXLA = func(plugin string) (compute.Backend, error) {
		b, err := xla.New(plugin)
		if err != nil {
			return nil, fmt.Errorf("no plugin of XLA could be used; put one where PJRT_PLUGIN_LIBRARY_PATH says (that for CUDA is in the Python "+
				"package jax-cuda12-pjrt, as xla_cuda_plugin.so; call it pjrt_c_api_cuda_plugin.so): %w", err)
		}
		return b, nil
	}
}
