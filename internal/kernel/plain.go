package kernel

// plain is the engine for every processor.
var plain = engine{
	name: "off", columns: 8, tile: plainTile, edge: plainTile,
	pairs: plainPairs, scalar: plainScalar, unary: plainUnary,
	reduce: plainReduce, softmax: plainSoftmax, transpose: plainTranspose,
	fromBF16: plainFromBF16, toBF16: plainToBF16,
}

// plainTile does a tile two columns at a time, so that what it sums stays in registers.
func plainTile(t *tile) {
	last := t.rows - 1
	// What lies past the last row is the last row again: worked out, and not stored.
	a0, a1, a2, a3 := t.a, t.a[min(1, last)*t.aRow:], t.a[min(2, last)*t.aRow:], t.a[min(3, last)*t.aRow:]
	aStep, bStep := t.aStep, t.bStep
	for j := 0; j < t.columns; j += 2 {
		right := min(1, t.columns-1-j)
		var s00, s01, s10, s11, s20, s21, s30, s31 float32
		b0, b1 := t.b[j:], t.b[j+right:]
		at, bt := 0, 0
		for range t.k {
			x, y := b0[bt], b1[bt]
			a := a0[at]
			s00, s01 = s00+a*x, s01+a*y
			a = a1[at]
			s10, s11 = s10+a*x, s11+a*y
			a = a2[at]
			s20, s21 = s20+a*x, s21+a*y
			a = a3[at]
			s30, s31 = s30+a*x, s31+a*y
			at, bt = at+aStep, bt+bStep
		}
		s := [2 * tileRows]float32{s00, s01, s10, s11, s20, s21, s30, s31}
		for i := range t.rows {
			c := t.c[i*t.cRow+j:]
			for q := range right + 1 {
				if t.add {
					c[q] += s[2*i+q]
				} else {
					c[q] = s[2*i+q]
				}
			}
		}
	}
}
