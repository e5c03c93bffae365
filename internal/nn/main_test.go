package nn_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/gomlx/compute"

	"github.com/acecoder/acecoder/internal/nn"
)

// devices are those that every binary has; tested is the one of them that is tested just now.
var (
	devices = []string{"cpu", "go"}
	tested  = devices[0]
)

// TestMain runs all tests on each of the devices.
func TestMain(m *testing.M) {
	flag.Parse()
	for _, tested = range devices {
		if code := m.Run(); code != 0 {
			fmt.Fprintf(os.Stderr, "on device %s\n", tested)
			os.Exit(code)
		}
		if flag.Lookup("test.bench").Value.String() != "" {
			return // benchmarks go through the devices themselves
		}
	}
}

func open(name string) compute.Backend {
	device, err := nn.Open(name)
	if err != nil {
		panic(err)
	}
	return device
}
