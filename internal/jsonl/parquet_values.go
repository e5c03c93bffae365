package jsonl

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// valueWriter returns how values of a column's type are written as JSON.
func valueWriter(t parquet.Type) func([]byte, parquet.Value) []byte {
	if logical := t.LogicalType(); logical != nil {
		if write := logicalWriter(logical, t.Kind()); write != nil {
			return write
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendBool(dst, v.Boolean()) }
	case parquet.Int32:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendInt(dst, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendInt(dst, v.Int64(), 10) }
	case parquet.Int96:
		return func(dst []byte, v parquet.Value) []byte {
			days, nanos := int96Nanos(v)
			return appendTime(dst, time.Unix(days*86400, nanos), time.RFC3339Nano)
		}
	case parquet.Float:
		return func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, float64(v.Float()), 32) }
	case parquet.Double:
		return func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, v.Double(), 64) }
	}
	// Old writers do not say that their bytes are text. Where they are not, check finds the invalid UTF-8.
	return func(dst []byte, v parquet.Value) []byte { return appendQuoted(dst, v.ByteArray()) }
}

// logicalWriter is valueWriter for the types whose bits do not say what they mean; nil if these do.
func logicalWriter(logical *format.LogicalType, physical parquet.Kind) func([]byte, parquet.Value) []byte {
	switch is := logical.Value.(type) {
	case *format.JsonType:
		return appendJSON
	case *format.UUIDType:
		return func(dst []byte, v parquet.Value) []byte { return appendUUID(dst, v.ByteArray()) }
	case *format.IntType:
		if is.IsSigned {
			return nil
		}
		if physical == parquet.Int32 {
			return func(dst []byte, v parquet.Value) []byte { return strconv.AppendUint(dst, uint64(v.Uint32()), 10) }
		}
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendUint(dst, v.Uint64(), 10) }
	case *format.DecimalType:
		return func(dst []byte, v parquet.Value) []byte { return appendDecimal(dst, v, physical, int(is.Scale)) }
	case *format.DateType:
		return func(dst []byte, v parquet.Value) []byte {
			return appendTime(dst, time.Unix(int64(v.Int32())*86400, 0), time.DateOnly)
		}
	case *format.TimeType:
		unit := is.Unit.Value.Duration()
		return func(dst []byte, v parquet.Value) []byte {
			return appendTime(dst, sinceEpoch(wholeOf(v, physical), unit), "15:04:05.999999999")
		}
	case *format.TimestampType:
		unit, layout := is.Unit.Value.Duration(), "2006-01-02T15:04:05.999999999"
		if is.IsAdjustedToUTC {
			layout = time.RFC3339Nano
		}
		return func(dst []byte, v parquet.Value) []byte {
			return appendTime(dst, sinceEpoch(v.Int64(), unit), layout)
		}
	case *format.Float16Type:
		return func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, float16(v.ByteArray()), 32) }
	case *format.NullType:
		return func(dst []byte, _ parquet.Value) []byte { return append(dst, "null"...) }
	}
	return nil
}

func wholeOf(v parquet.Value, physical parquet.Kind) int64 {
	if physical == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func sinceEpoch(n int64, unit time.Duration) time.Time {
	perSecond := int64(time.Second / unit)
	return time.Unix(n/perSecond, n%perSecond*int64(unit))
}

func appendTime(dst []byte, t time.Time, layout string) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, layout)
	return append(dst, '"')
}

// appendFloat writes a float as encoding/json does, NaN as null (it is how data frames write a missing number)
// and an infinity as a word that check reports.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "null"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	var data []byte
	if bits == 32 {
		data, _ = json.Marshal(float32(f))
	} else {
		data, _ = json.Marshal(f)
	}
	return append(dst, data...)
}

func appendJSON(dst []byte, v parquet.Value) []byte {
	data := v.ByteArray()
	if json.Valid(data) {
		return append(dst, bytes.ReplaceAll(data, []byte("\n"), []byte(" "))...)
	}
	return appendQuoted(dst, data)
}

func appendUUID(dst, id []byte) []byte {
	if len(id) != 16 {
		return appendQuoted(dst, hex.EncodeToString(id))
	}
	dst = append(dst, '"')
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, []byte{b})
	}
	return append(dst, '"')
}

// appendDecimal writes unscaled · 10^-scale with all its digits.
func appendDecimal(dst []byte, v parquet.Value, physical parquet.Kind, scale int) []byte {
	n := new(big.Int)
	if physical == parquet.Int32 || physical == parquet.Int64 {
		n.SetInt64(wholeOf(v, physical))
	} else {
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 { // two's complement
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	if n.Sign() < 0 {
		dst = append(dst, '-')
		n.Neg(n)
	}
	digits := n.String()
	if scale <= 0 {
		return append(dst, digits...)
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	dst = append(dst, '.')
	return append(dst, digits[len(digits)-scale:]...)
}

// float16 reads an IEEE 754 half.
func float16(b []byte) float64 {
	if len(b) != 2 {
		return math.NaN()
	}
	bits := uint16(b[0]) | uint16(b[1])<<8
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits&0x8000 != 0 {
		f = -f
	}
	return f
}
