package safetensors_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/safetensors"
)

func convert(t *testing.T, to safetensors.DType, src []byte, from safetensors.DType) []byte {
	t.Helper()
	dst := make([]byte, int64(len(src))/(from.Bits()/8)*(to.Bits()/8))
	if err := safetensors.Convert(dst, to, src, from); err != nil {
		t.Fatalf("Convert(%s to %s) = %v", from, to, err)
	}
	return dst
}

func TestConvertToBF16(t *testing.T) {
	tests := []struct {
		name string
		from uint32
		want uint16
	}{
		{"zero", 0, 0},
		{"minus zero", 0x80000000, 0x8000},
		{"one", 0x3F800000, 0x3F80},
		{"below the middle", 0x3F807FFF, 0x3F80},
		{"the middle, to even below", 0x3F808000, 0x3F80},
		{"the middle, to even above", 0x3F818000, 0x3F82},
		{"above the middle", 0x3F808001, 0x3F81},
		{"the largest becomes infinite", 0x7F7FFFFF, 0x7F80},
		{"infinite", 0xFF800000, 0xFF80},
		{"the smallest", 0x00000001, 0},
		{"subnormal", 0x00018000, 0x0002},
		{"no number, quiet", 0x7FC00000, 0x7FC0},
		{"no number, only in the half that goes", 0x7F800001, 0x7FC0},
		{"no number, of ones", 0xFFFFFFFF, 0xFFFF},
	}
	for _, tt := range tests {
		src := binary.LittleEndian.AppendUint32(nil, tt.from)
		if got := binary.LittleEndian.Uint16(convert(t, safetensors.BF16, src, safetensors.F32)); got != tt.want {
			t.Errorf("%s: Convert(%08x) = %04x, want %04x", tt.name, tt.from, got, tt.want)
		}
	}
}

// Every bfloat16 and every half becomes a float32 of the same value; a bfloat16 comes back as it was.
func TestConvertEvery16Bits(t *testing.T) {
	var all []byte
	for i := range 1 << 16 {
		all = binary.LittleEndian.AppendUint16(all, uint16(i))
	}
	brains, halves := convert(t, safetensors.F32, all, safetensors.BF16), convert(t, safetensors.F32, all, safetensors.F16)
	back := convert(t, safetensors.BF16, brains, safetensors.F32)
	for i := range 1 << 16 {
		value := math.Float32frombits(binary.LittleEndian.Uint32(brains[4*i:]))
		if value == value && binary.LittleEndian.Uint16(back[2*i:]) != uint16(i) {
			t.Fatalf("BF16 %04x is %v and comes back as %04x", i, value, binary.LittleEndian.Uint16(back[2*i:]))
		}
		if value, want := math.Float32frombits(binary.LittleEndian.Uint32(halves[4*i:])), half(uint16(i)); value != want && (value == value || want == want) {
			t.Fatalf("F16 %04x = %v, want %v", i, value, want)
		}
	}
}

// half is the value of a half by the words of IEEE 754.
func half(h uint16) float32 {
	fraction, exponent := float64(h&0x3FF)/1024, int(h>>10&0x1F)
	value := math.Ldexp(1+fraction, exponent-15)
	switch {
	case exponent == 0:
		value = math.Ldexp(fraction, -14)
	case exponent == 31 && fraction == 0:
		value = math.Inf(1)
	case exponent == 31:
		value = math.NaN()
	}
	if h>>15 == 1 {
		value = -value
	}
	return float32(value)
}

func TestConvertManyAndDoubles(t *testing.T) {
	var src []byte
	for i := range 10_000 {
		src = binary.LittleEndian.AppendUint64(src, math.Float64bits(float64(i)+1e-12))
	}
	got := convert(t, safetensors.F32, src, safetensors.F64)
	for i := range 10_000 {
		if value := math.Float32frombits(binary.LittleEndian.Uint32(got[4*i:])); value != float32(i) && i > 0 {
			t.Fatalf("number %d = %v", i, value)
		}
	}
	if same := convert(t, safetensors.F64, src, safetensors.F64); string(same) != string(src) {
		t.Error("Convert(F64 to F64) changed something")
	}
}

func TestConvertRefuses(t *testing.T) {
	tests := []struct {
		to, from safetensors.DType
		dst, src int
	}{
		{safetensors.F32, safetensors.I32, 4, 4},
		{safetensors.F16, safetensors.F32, 2, 4},
		{safetensors.I32, safetensors.I32, 4, 4},
		{safetensors.F32, "F33", 4, 4},
		{safetensors.F32, safetensors.BF16, 4, 4},
		{safetensors.F32, safetensors.F32, 3, 3},
	}
	for _, tt := range tests {
		err := safetensors.Convert(make([]byte, tt.dst), tt.to, make([]byte, tt.src), tt.from)
		if err == nil || !strings.Contains(err.Error(), "convert "+string(tt.from)+" to "+string(tt.to)) {
			t.Errorf("Convert(%d bytes of %s to %d of %s) = %v, want an error", tt.src, tt.from, tt.dst, tt.to, err)
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	for _, to := range []safetensors.DType{safetensors.F32, safetensors.BF16} {
		from := map[safetensors.DType]safetensors.DType{safetensors.F32: safetensors.BF16, safetensors.BF16: safetensors.F32}[to]
		src := make([]byte, 1<<24)
		dst := make([]byte, int64(len(src))/from.Bits()*to.Bits())
		b.Run(string(from+" to "+to), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if err := safetensors.Convert(dst, to, src, from); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
