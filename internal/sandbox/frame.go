package sandbox

import "encoding/binary"

// frame returns a request in buf's memory: the number of tasks, common, and then the tasks, which a zygote reads
// one by one.
func frame(buf, common []byte, tasks [][]byte) []byte {
	buf = binary.LittleEndian.AppendUint32(buf[:0], uint32(len(tasks)))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(common)))
	buf = append(buf, common...)
	for _, t := range tasks {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(t)))
		buf = append(buf, t...)
	}
	return buf
}
