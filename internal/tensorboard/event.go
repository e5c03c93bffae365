package tensorboard

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// fileVersion is what the first event of a file has to say.
const fileVersion = "brain.Event:2"

// Numbers of the fields, from TensorBoard's event.proto, summary.proto, tensor.proto and types.proto.
const (
	eventWall, eventStep, eventVersion, eventSummary, eventSession = 1, 2, 3, 5, 7

	sessionStatus, sessionStart = 1, 1

	summaryValue = 1

	valueTag, valueScalar, valueHistogram, valueTensor, valueMetadata = 1, 2, 5, 8, 9

	metadataPlugin, pluginName = 1, 1

	tensorType, tensorShape, tensorString = 1, 2, 8
	typeString                            = 7
	shapeDim, dimSize                     = 2, 1

	histogramMin, histogramMax, histogramCount, histogramSum, histogramSquares, histogramLimits, histogramCounts = 1, 2, 3, 4, 5, 6, 7
)

// encodeEvent writes an event, in the canonical form of protocol buffers.
func encodeEvent(e Event) []byte {
	b := appendDouble(nil, eventWall, e.Wall)
	if e.Step != 0 {
		b = appendInt(b, eventStep, uint64(e.Step))
	}
	switch {
	case e.FileVersion != "":
		b = appendBytes(b, eventVersion, []byte(e.FileVersion))
	case e.Restart:
		b = appendBytes(b, eventSession, appendInt(nil, sessionStatus, sessionStart))
	case len(e.Values) > 0:
		var summary []byte
		for _, v := range e.Values {
			summary = appendBytes(summary, summaryValue, appendValue(nil, v))
		}
		b = appendBytes(b, eventSummary, summary)
	}
	return b
}

func appendValue(b []byte, v Value) []byte {
	b = appendBytes(b, valueTag, valid(v.Tag))
	switch {
	case v.Scalar != nil:
		b = protowire.AppendTag(b, valueScalar, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(*v.Scalar))
	case v.Text != nil:
		b = appendBytes(b, valueTensor, appendText(nil, *v.Text))
		b = appendBytes(b, valueMetadata, appendBytes(nil, metadataPlugin, appendBytes(nil, pluginName, []byte("text"))))
	case v.Histogram != nil:
		b = appendBytes(b, valueHistogram, appendHistogram(nil, *v.Histogram))
	}
	return b
}

// appendText writes a tensor of one string.
func appendText(b []byte, text string) []byte {
	b = appendInt(b, tensorType, typeString)
	b = appendBytes(b, tensorShape, appendBytes(nil, shapeDim, appendInt(nil, dimSize, 1)))
	return appendBytes(b, tensorString, valid(text))
}

// valid replaces what is not UTF-8: TensorBoard would give up the whole file at such a tag.
func valid(text string) []byte { return []byte(strings.ToValidUTF8(text, "\uFFFD")) }

func appendHistogram(b []byte, h Histogram) []byte {
	b = appendDouble(b, histogramMin, h.Min)
	b = appendDouble(b, histogramMax, h.Max)
	b = appendDouble(b, histogramCount, float64(h.Count))
	b = appendDouble(b, histogramSum, h.Sum)
	b = appendDouble(b, histogramSquares, h.Squares)
	var limits, counts []byte
	for _, bin := range h.Bins {
		limits = protowire.AppendFixed64(limits, math.Float64bits(bin.Limit))
		counts = protowire.AppendFixed64(counts, math.Float64bits(float64(bin.Count)))
	}
	b = appendBytes(b, histogramLimits, limits)
	return appendBytes(b, histogramCounts, counts)
}

// appendDouble leaves zero out, as protocol buffers do.
func appendDouble(b []byte, field protowire.Number, v float64) []byte {
	if math.Float64bits(v) == 0 {
		return b
	}
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(v))
}

func appendInt(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

// field is one field of a message: its number with its type, and the value in the form of that type.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64 // of a number, whatever its size
	bytes  []byte
}

// is reports whether it is the field of this number, in the type that it has to have.
func (f field) is(number protowire.Number, kind protowire.Type) bool {
	return f.number == number && f.kind == kind
}

func (f field) float() float64 { return math.Float64frombits(f.bits) }

// fields calls fn with each field of a message.
func fields(message []byte, fn func(field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.bits, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(message)
			f.bits = uint64(bits)
		case protowire.Fixed64Type:
			f.bits, n = protowire.ConsumeFixed64(message)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// parseEvent reads an event. What this package does not write is left out: graphs, images, tensors of numbers.
func parseEvent(message []byte) (Event, error) {
	var e Event
	err := fields(message, func(f field) error {
		switch {
		case f.is(eventWall, protowire.Fixed64Type):
			e.Wall = f.float()
		case f.is(eventStep, protowire.VarintType):
			e.Step = int64(f.bits)
		case f.is(eventVersion, protowire.BytesType):
			e.FileVersion = string(f.bytes)
		case f.is(eventSession, protowire.BytesType):
			return fields(f.bytes, func(f field) error {
				e.Restart = e.Restart || f.is(sessionStatus, protowire.VarintType) && f.bits == sessionStart
				return nil
			})
		case f.is(eventSummary, protowire.BytesType):
			return parseSummary(f.bytes, &e)
		}
		return nil
	})
	return e, err
}

func parseSummary(message []byte, e *Event) error {
	return fields(message, func(f field) error {
		if !f.is(summaryValue, protowire.BytesType) {
			return nil
		}
		v, err := parseValue(f.bytes)
		if err != nil {
			return err
		}
		if v.Scalar != nil || v.Text != nil || v.Histogram != nil {
			e.Values = append(e.Values, v)
		}
		return nil
	})
}

func parseValue(message []byte) (Value, error) {
	var v Value
	err := fields(message, func(f field) (err error) {
		switch {
		case f.is(valueTag, protowire.BytesType):
			v.Tag = string(f.bytes)
		case f.is(valueScalar, protowire.Fixed32Type):
			scalar := math.Float32frombits(uint32(f.bits))
			v.Scalar = &scalar
		case f.is(valueHistogram, protowire.BytesType):
			v.Histogram, err = parseHistogram(f.bytes)
		case f.is(valueTensor, protowire.BytesType):
			v.Text, err = parseText(f.bytes)
		}
		return err
	})
	if err != nil {
		return v, fmt.Errorf("value %q: %w", v.Tag, err)
	}
	return v, nil
}

// parseText returns the first string of a tensor; nil if it has none.
func parseText(message []byte) (*string, error) {
	var text *string
	err := fields(message, func(f field) error {
		if text == nil && f.is(tensorString, protowire.BytesType) {
			s := string(f.bytes)
			text = &s
		}
		return nil
	})
	return text, err
}

func parseHistogram(message []byte) (*Histogram, error) {
	var h Histogram
	var limits, counts []float64
	err := fields(message, func(f field) (err error) {
		switch {
		case f.is(histogramMin, protowire.Fixed64Type):
			h.Min = f.float()
		case f.is(histogramMax, protowire.Fixed64Type):
			h.Max = f.float()
		case f.is(histogramCount, protowire.Fixed64Type):
			h.Count = int64(f.float())
		case f.is(histogramSum, protowire.Fixed64Type):
			h.Sum = f.float()
		case f.is(histogramSquares, protowire.Fixed64Type):
			h.Squares = f.float()
		case f.is(histogramLimits, protowire.BytesType):
			limits, err = parseDoubles(f.bytes)
		case f.is(histogramCounts, protowire.BytesType):
			counts, err = parseDoubles(f.bytes)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(limits) != len(counts) {
		return nil, fmt.Errorf("a histogram with %d limits and %d counts", len(limits), len(counts))
	}
	for i := range limits {
		h.Bins = append(h.Bins, Bin{limits[i], int64(counts[i])})
	}
	return &h, nil
}

func parseDoubles(packed []byte) ([]float64, error) {
	if len(packed)%8 != 0 {
		return nil, errors.New("packed numbers that are cut off")
	}
	out := make([]float64, 0, len(packed)/8)
	for len(packed) > 0 {
		bits, n := protowire.ConsumeFixed64(packed)
		out = append(out, math.Float64frombits(bits))
		packed = packed[n:]
	}
	return out, nil
}
