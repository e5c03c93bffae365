package tensorboard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A record is framed as TFRecord has it, little-endian:
//
//	length uint64 | masked crc of the length uint32 | data | masked crc of the data uint32
const (
	headSize = 12
	tailSize = 4
	// maxRecord bounds what a damaged length can ask for. TensorBoard's own files have no limit; ours hold a step's values.
	maxRecord = 64 << 20
)

// ErrCutOff is what a file ends with whose last record is not whole: its writer was killed, or still writes.
var ErrCutOff = errors.New("the last event is cut off")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is CRC-32C, masked: the crc of bytes that hold crcs would otherwise be a weak one.
func checksum(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

func appendRecord(out, data []byte) []byte {
	start := len(out)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(data)))
	out = binary.LittleEndian.AppendUint32(out, checksum(out[start:]))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, checksum(data))
}

// readRecord returns the next record's data: io.EOF at the end, ErrCutOff within a record.
func readRecord(in io.Reader) ([]byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, cutOff(err)
	}
	if binary.LittleEndian.Uint32(head[8:]) != checksum(head[:8]) {
		return nil, errors.New("the checksum of an event's length is wrong: the file is damaged")
	}
	size := binary.LittleEndian.Uint64(head[:8])
	if size > maxRecord {
		return nil, fmt.Errorf("an event of %d bytes; at most %d are read", size, maxRecord)
	}
	data := make([]byte, size+tailSize)
	if _, err := io.ReadFull(in, data); errors.Is(err, io.EOF) {
		return nil, ErrCutOff
	} else if err != nil {
		return nil, cutOff(err)
	}
	data, tail := data[:size], data[size:]
	if binary.LittleEndian.Uint32(tail) != checksum(data) {
		return nil, errors.New("the checksum of an event is wrong: the file is damaged")
	}
	return data, nil
}

func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCutOff
	}
	return err
}
