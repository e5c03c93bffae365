package checkpoint

import (
	"fmt"
	"io"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/safetensors"
)

// stored names the types of tensors as the files do.
var stored = map[dtypes.DType]safetensors.DType{
	dtypes.Float64: safetensors.F64, dtypes.Float32: safetensors.F32, dtypes.Float16: safetensors.F16,
	dtypes.BFloat16: safetensors.BF16, dtypes.Int64: safetensors.I64, dtypes.Int32: safetensors.I32,
	dtypes.Uint64: safetensors.U64, dtypes.Uint32: safetensors.U32, dtypes.Uint8: safetensors.U8, dtypes.Bool: safetensors.Bool,
}

// inMemory is the other way round.
var inMemory = func() map[safetensors.DType]dtypes.DType {
	out := map[safetensors.DType]dtypes.DType{}
	for memory, file := range stored {
		out[file] = memory
	}
	return out
}()

// chunk is how many numbers are converted before they are written.
const chunk = 1 << 16

// writeTensor writes a tensor's numbers as numbers of a type.
func writeTensor(w io.Writer, t *tensors.Tensor, to safetensors.DType) error {
	from := stored[t.DType()]
	var failed error
	err := t.ConstBytes(func(data []byte) {
		if from == to {
			_, failed = w.Write(data)
			return
		}
		in, out := int(from.Bits()/8), int(to.Bits()/8)
		buffer := make([]byte, chunk*out)
		for len(data) > 0 && failed == nil {
			n := min(chunk, len(data)/in)
			if failed = safetensors.Convert(buffer[:n*out], to, data[:n*in], from); failed == nil {
				_, failed = w.Write(buffer[:n*out])
			}
			data = data[n*in:]
		}
	})
	if err != nil {
		return fmt.Errorf("read from its device: %w", err)
	}
	return failed
}
