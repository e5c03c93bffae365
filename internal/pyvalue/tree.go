package pyvalue

import "fmt"

// A value with objects in it travels as a tree of nodes, so that an object cannot be confused with
// data. Each node is a tuple (code, payload):
//
//	'v'                 payload is a plain value
//	'L' 'T' 'S' 'F'     payload is a list of nodes: list, tuple, set, frozenset
//	'D'                 payload is a list of (key node, value node)
//	'X'                 payload is (type name, node)
//
// The codes are shared with the sender and may not change.
var nodeKinds = map[string]Kind{
	"v": KindNone, "L": KindList, "T": KindTuple, "S": KindSet, "F": KindFrozenSet, "D": KindDict, "X": KindExt,
}

// FromTree turns the tree form of a value, as [Decode] returned it, into the value. The error is
// [ErrMalformed] for everything that is not a tree.
func FromTree(tree Value) (Value, error) {
	v, ok := fromTree(&tree)
	if !ok {
		return Value{}, fmt.Errorf("read python value from its tree form: %w", ErrMalformed)
	}
	return v, nil
}

func fromTree(node *Value) (v Value, ok bool) {
	code, payload, ok := splitPair(node)
	if !ok || code.kind != KindStr {
		return v, false
	}
	kind, known := nodeKinds[code.str]
	switch {
	case !known:
		return v, false
	case kind == KindNone:
		return *payload, true
	case kind == KindExt:
		return objectFromTree(payload)
	}
	if payload.kind != KindList {
		return v, false
	}
	items, ok := fromTrees(payload.items(), kind == KindDict)
	if !ok {
		return v, false
	}
	if kind == KindList || kind == KindTuple {
		return container(kind, items), true
	}
	return hashed(kind, items)
}

// fromTrees reads nodes, or pairs of nodes one after the other.
func fromTrees(nodes []Value, pairs bool) (items []Value, ok bool) {
	items = make([]Value, 0, len(nodes))
	for i := range nodes {
		part := nodes[i : i+1]
		if pairs {
			if _, _, ok := splitPair(&nodes[i]); !ok {
				return nil, false
			}
			part = nodes[i].items()
		}
		for j := range part {
			v, ok := fromTree(&part[j])
			if !ok {
				return nil, false
			}
			items = append(items, v)
		}
	}
	return items, true
}

func objectFromTree(payload *Value) (v Value, ok bool) {
	name, node, ok := splitPair(payload)
	if !ok || name.kind != KindStr || name.str == "" {
		return v, false
	}
	content, ok := fromTree(node)
	if !ok {
		return v, false
	}
	if mode := extModes[name.str]; mode != modeOpaque && content.kind != mode.payloadKind() {
		return v, false
	}
	return Ext(name.str, content), true
}

func splitPair(v *Value) (first, second *Value, ok bool) {
	items := v.items()
	if v.kind != KindTuple || len(items) != 2 {
		return nil, nil, false
	}
	return &items[0], &items[1], true
}

// Tree returns the tree form of v, so that FromTree(Tree(v)) is v. Parts without objects stay whole.
func Tree(v Value) Value {
	if !HasExt(v) {
		return Tuple(Str("v"), v)
	}
	items := v.items()
	switch v.kind {
	case KindExt:
		return Tuple(Str("X"), Tuple(Str(v.str), Tree(items[0])))
	case KindDict:
		pairs := make([]Value, 0, len(items)/2)
		for i := 0; i < len(items); i += 2 {
			pairs = append(pairs, Tuple(Tree(items[i]), Tree(items[i+1])))
		}
		return Tuple(Str("D"), List(pairs...))
	}
	nodes := make([]Value, len(items))
	for i := range items {
		nodes[i] = Tree(items[i])
	}
	code := map[Kind]string{KindList: "L", KindTuple: "T", KindSet: "S", KindFrozenSet: "F"}[v.kind]
	return Tuple(Str(code), List(nodes...))
}
