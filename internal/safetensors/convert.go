package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// convertible is how many numbers are converted at a time.
const convertible = 4096

// Convert writes src, numbers of the type from, to dst as numbers of the type to, both little-endian. F64, F32, F16 and
// BF16 become F32 or BF16, through float32 and each time rounded to the nearest, to even between two; numbers of a type
// that stays the same are copied bit by bit. Another pair of types, or a dst that is not as long as the numbers are, is
// an error.
func Convert(dst []byte, to DType, src []byte, from DType) error {
	if !from.IsFloat() || to != from && to != F32 && to != BF16 {
		return fmt.Errorf("convert %s to %s: only F64, F32, F16 and BF16 become F32 or BF16", from, to)
	}
	in, out := int(from.Bits()/8), int(to.Bits()/8)
	if n := len(src) / in; len(src) != n*in || len(dst) != n*out {
		return fmt.Errorf("convert %s to %s: %d bytes do not become %d", from, to, len(src), len(dst))
	}
	if from == to {
		copy(dst, src)
		return nil
	}
	var some [convertible]float32
	for len(src) > 0 {
		n := min(convertible, len(src)/in)
		decode(some[:n], src, from)
		encode(dst, some[:n], to)
		src, dst = src[n*in:], dst[n*out:]
	}
	return nil
}

func decode(dst []float32, src []byte, from DType) {
	switch from {
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	}
}

func encode(dst []byte, src []float32, to DType) {
	if to == F32 {
		for i, x := range src {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(x))
		}
		return
	}
	for i, x := range src {
		binary.LittleEndian.PutUint16(dst[2*i:], toBrain(x))
	}
}

// fromHalf returns the value of an IEEE half-precision number: 1 bit sign, 5 exponent, 10 fraction.
func fromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&0x1F), uint32(h&0x3FF)
	switch exponent {
	case 0: // subnormal: fraction units of 2^-24, which float32 holds exactly
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1F: // infinite, or no number
		return math.Float32frombits(sign | 0x7F800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// toBrain returns the bits of the nearest bfloat16, the upper half of a float32.
func toBrain(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		// Rounding could carry what is no number into infinity, and cutting could leave infinity.
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7FFF + b>>16&1) >> 16)
}
