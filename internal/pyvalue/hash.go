package pyvalue

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// Hashes agree with [Equal] (1, 1.0, True and 1+0j share one) and are keyed per process, so that a
// hostile sender cannot choose keys that collide. They never leave the process.
var (
	seed    = maphash.MakeSeed()
	keyA    = secret("a")
	keyB    = secret("b")
	keyKind = [...]uint64{
		KindNone: secret("None"), KindEllipsis: secret("..."), KindInt: secret("int"), KindFloat: secret("float"),
		KindComplex: secret("complex"), KindStr: secret("str"), KindBytes: secret("bytes"),
		KindTuple: secret("tuple"), KindSet: secret("set"),
	}
)

func secret(name string) uint64 { return maphash.String(seed, name) }

// hashing tells what a value is worth as a key.
type hashing uint8

const (
	hashOK         hashing = iota
	hashLoose              // equals nothing that Go can look up: holds nan, or an object Go does not judge
	hashUnhashable         // Python raises TypeError
)

// mix folds a 64 x 64 -> 128 bit product of both arguments under the process's keys.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^keyA, b^keyB)
	return hi ^ lo
}

// hashOf returns v's hash. Frozensets keep theirs, so that nested ones are not walked again and again.
func hashOf(v *Value) (uint64, hashing) {
	switch v.kind {
	case KindNone, KindEllipsis:
		return keyKind[v.kind], hashOK
	case KindBool, KindInt, KindFloat:
		return hashReal(v)
	case KindComplex:
		return hashComplex(v)
	case KindStr, KindBytes:
		return mix(maphash.String(seed, v.str), keyKind[v.kind]), hashOK
	case KindTuple:
		return hashTuple(v)
	case KindFrozenSet:
		return hashSet(v)
	case KindExt:
		if extModes[v.str] == modeOpaque {
			return 0, hashLoose
		}
	}
	return 0, hashUnhashable
}

func hashReal(v *Value) (uint64, hashing) {
	if v.isSmall() {
		return mix(v.num, keyKind[KindInt]), hashOK
	}
	if v.kind == KindInt {
		return mix(maphash.String(seed, v.str), keyKind[KindInt]+v.num), hashOK
	}
	f := math.Float64frombits(v.num)
	switch {
	case f != f:
		return 0, hashLoose
	case math.IsInf(f, 0) || f != math.Trunc(f):
		return mix(v.num, keyKind[KindFloat]), hashOK
	case f >= -two63 && f < two63:
		return mix(uint64(int64(f)), keyKind[KindInt]), hashOK
	}
	h, key := maphash.Bytes(seed, magnitude(f)), keyKind[KindInt]
	if f < 0 {
		key++
	}
	return mix(h, key), hashOK
}

func hashComplex(v *Value) (uint64, hashing) {
	re, reState := hashReal(&v.seq.items[0])
	im, imState := hashReal(&v.seq.items[1])
	if reState != hashOK || imState != hashOK {
		return 0, hashLoose
	}
	if math.Float64frombits(v.seq.items[1].num) == 0 {
		return re, hashOK
	}
	return mix(re+keyKind[KindComplex], im), hashOK
}

func hashTuple(v *Value) (uint64, hashing) {
	h, state := keyKind[KindTuple], hashOK
	items := v.items()
	for i := range items {
		e, s := hashOf(&items[i])
		state = max(state, s)
		h = mix(h, e) + 1
	}
	return h, state
}

// hashSet returns the hash of a set or frozenset, which does not depend on the order of its elements.
func hashSet(v *Value) (uint64, hashing) {
	if v.seq == nil {
		return keyKind[KindSet], hashOK
	}
	if v.seq.index.loose {
		return 0, hashLoose
	}
	return mix(v.seq.index.sum, keyKind[KindSet]), hashOK
}

// index finds the keys of one dict, set or frozenset. It is complete before its value is shared.
type index struct {
	hashes []uint64
	table  []int32 // key number + 1 by linear probing; nil while a scan of hashes is faster
	sum    uint64  // of the mixed hashes
	loose  bool    // some key cannot be looked up, so that the whole equals nothing
}

// scanMost is the number of keys up to which the hashes are scanned instead of probed.
const scanMost = 8

// newIndex indexes every step-th of items. duplicate is called with the number of a key that equals an
// earlier one; it returns false to stop. ok is false after a stop and on an unhashable key.
func newIndex(items []Value, step int, duplicate func(first, again int) bool) (x *index, ok bool) {
	n := len(items) / step
	x = &index{hashes: make([]uint64, n)}
	if n > scanMost {
		x.table = make([]int32, 2<<bits.Len(uint(n-1)))
	}
	for i := range n {
		key := &items[i*step]
		h, state := hashOf(key)
		if state == hashUnhashable {
			return nil, false
		}
		if state == hashLoose {
			x.loose = true
			continue
		}
		first, slot := x.probe(items, step, i, key, h)
		if first >= 0 {
			if !duplicate(first, i) {
				return nil, false
			}
			continue
		}
		x.hashes[i] = h
		x.sum += mix(h, h>>32)
		if x.table != nil {
			x.table[slot] = int32(i + 1)
		}
	}
	return x, true
}

// probe returns the number of the key equal to key among the first n, or -1 and the free slot for it.
// Loose keys have hash 0 and equal nothing, so that meeting them does no harm.
func (x *index) probe(items []Value, step, n int, key *Value, h uint64) (at int, slot uint64) {
	if x.table == nil {
		for i, e := range x.hashes[:n] {
			if e == h && equal(key, &items[i*step]) {
				return i, 0
			}
		}
		return -1, 0
	}
	mask := uint64(len(x.table) - 1)
	for slot = h & mask; x.table[slot] != 0; slot = (slot + 1) & mask {
		i := int(x.table[slot] - 1)
		if x.hashes[i] == h && equal(key, &items[i*step]) {
			return i, slot
		}
	}
	return -1, slot
}

// find returns the number of the key equal to key, whose hash is h, or -1.
func (s *seq) find(step int, key *Value, h uint64) int {
	at, _ := s.index.probe(s.items, step, len(s.index.hashes), key, h)
	return at
}

// hashed returns a dict or set over items; ok is false if a key is unhashable or comes twice.
func hashed(k Kind, items []Value) (v Value, ok bool) {
	v = container(k, items)
	if v.seq == nil {
		return v, true
	}
	v.seq.index, ok = newIndex(items, k.step(), func(int, int) bool { return false })
	return v, ok
}

// mustHashed is hashed for our own values: repeated keys are dropped as Python drops them.
func mustHashed(k Kind, items []Value) Value {
	step := k.step()
	again := make(map[int]bool)
	_, ok := newIndex(items, step, func(first, i int) bool {
		again[i] = true
		if step == 2 {
			items[first*2+1] = items[i*2+1]
		}
		return true
	})
	if !ok {
		panic("pyvalue: unhashable key in a " + k.String())
	}
	distinct := make([]Value, 0, len(items))
	for i := range len(items) / step {
		if !again[i] {
			distinct = append(distinct, items[i*step:(i+1)*step]...)
		}
	}
	v, _ := hashed(k, distinct)
	return v
}

// step returns the distance between two keys in the items of a dict or set.
func (k Kind) step() int {
	if k == KindDict {
		return 2
	}
	return 1
}
