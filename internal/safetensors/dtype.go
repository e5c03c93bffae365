package safetensors

import "slices"

// DType is the type of a tensor's numbers, by its name in the format.
type DType string

// The types that this program computes with.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	U64  DType = "U64"
	U32  DType = "U32"
	U8   DType = "U8"
	Bool DType = "BOOL"
)

// known are the types of the format with the bits of a number. Tensors stand in a file in this order, as the reference
// implementation writes them.
var known = []struct {
	name DType
	bits int64
}{
	{U64, 64},
	{I64, 64},
	{F64, 64},
	{"C64", 64},
	{F32, 32},
	{U32, 32},
	{I32, 32},
	{BF16, 16},
	{F16, 16},
	{"U16", 16},
	{"I16", 16},
	{"F8_E5M2FNUZ", 8},
	{"F8_E4M3FNUZ", 8},
	{"F8_E8M0", 8},
	{"F8_E4M3", 8},
	{"F8_E5M2", 8},
	{"I8", 8},
	{U8, 8},
	{"F6_E3M2", 6},
	{"F6_E2M3", 6},
	{"F4", 4},
	{Bool, 8},
}

// rank is the place of a type in the order of a file; negative if there is no such type.
func (t DType) rank() int {
	for i, k := range known {
		if k.name == t {
			return i
		}
	}
	return -1
}

// Bits is the size of a number; 0 if the format has no such type.
func (t DType) Bits() int64 {
	if i := t.rank(); i >= 0 {
		return known[i].bits
	}
	return 0
}

// IsFloat reports whether Convert reads the type.
func (t DType) IsFloat() bool { return slices.Contains([]DType{F64, F32, F16, BF16}, t) }
