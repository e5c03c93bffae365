package pyvalue

// extMode says how objects of one type outside the exact builtins compare.
type extMode uint8

const (
	modeOpaque  extMode = iota // Go does not know
	modeDict                   // as a dict
	modeOrdered                // as a dict; with its like also the order of keys counts
	modeCounter                // as a dict; with its like a missing key counts as 0 (CPython 3.10 and later)
	modeDeque                  // item by item, with its like only
)

// extModes are the types whose equality is exactly known, by module and qualified name.
var extModes = map[string]extMode{
	"collections.defaultdict": modeDict,
	"collections.OrderedDict": modeOrdered,
	"collections.Counter":     modeCounter,
	"collections.deque":       modeDeque,
}

// payloadKind returns the kind an object's payload must have.
func (m extMode) payloadKind() Kind {
	if m == modeDeque {
		return KindList
	}
	return KindDict
}

// unwrap returns how v compares and the plain value in it; a dict compares as a dict.
func unwrap(v *Value) (extMode, *Value) {
	switch v.kind {
	case KindDict:
		return modeDict, v
	case KindExt:
		mode, payload := extModes[v.str], &v.seq.items[0]
		if mode != modeOpaque && payload.kind == mode.payloadKind() {
			return mode, payload
		}
	}
	return modeOpaque, v
}

// equalExt reports a == b where a or b is an object.
func equalExt(a, b *Value) bool {
	am, ap := unwrap(a)
	bm, bp := unwrap(b)
	switch {
	case am == modeOpaque || bm == modeOpaque:
		return false
	case am == modeDeque || bm == modeDeque:
		return am == bm && equalItems(ap.items(), bp.items())
	case am == modeOrdered && bm == modeOrdered:
		return equalDicts(ap, bp) && equalOrder(ap.items(), bp.items())
	case am == modeCounter && bm == modeCounter:
		return equalCounts(ap, bp) && countsZeroOutside(bp, ap)
	}
	return equalDicts(ap, bp)
}

// equalOrder reports whether the keys of two dict item lists of one length come in the same order.
func equalOrder(a, b []Value) bool {
	for i := 0; i < len(a); i += 2 {
		if !equal(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

var zero = Int(0)

// equalCounts reports whether every count in a equals that in b, where a missing one is 0.
func equalCounts(a, b *Value) bool {
	items := a.items()
	for i := 0; i < len(items); i += 2 {
		count := &zero
		if at := lookup(b, &items[i]); at >= 0 {
			count = &b.seq.items[2*at+1]
		}
		if !equal(&items[i+1], count) {
			return false
		}
	}
	return true
}

// countsZeroOutside reports whether the counts in a of keys that b lacks are all 0.
func countsZeroOutside(a, b *Value) bool {
	items := a.items()
	for i := 0; i < len(items); i += 2 {
		if lookup(b, &items[i]) < 0 && !equal(&items[i+1], &zero) {
			return false
		}
	}
	return true
}

// lookup returns the number of key in the dict d, or -1.
func lookup(d, key *Value) int {
	h, state := hashOf(key)
	if d.seq == nil || state != hashOK {
		return -1
	}
	return d.seq.find(2, key, h)
}
