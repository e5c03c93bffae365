package sandbox

import (
	"encoding/binary"

	"github.com/acecoder/acecoder/internal/marshal"
)

// frame returns a request in buf's memory: its length, then (common, [task, ...]).
func frame(buf, common []byte, tasks [][]byte) []byte {
	buf = append(buf[:0], 0, 0, 0, 0)
	buf = marshal.Tuple(buf, 2)
	buf = marshal.Bytes(buf, common)
	buf = marshal.List(buf, len(tasks))
	for _, t := range tasks {
		buf = marshal.Bytes(buf, t)
	}
	binary.LittleEndian.PutUint32(buf, uint32(len(buf)-4))
	return buf
}
