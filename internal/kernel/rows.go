package kernel

import "fmt"

// AddRow makes dst[i,j] = a[i,j] + row[j], of dst and a [rows, len(row)].
func AddRow(dst, a, row []float32) { byRow(add, dst, a, row) }

// SubRow makes dst[i,j] = a[i,j] - row[j].
func SubRow(dst, a, row []float32) { byRow(sub, dst, a, row) }

// MulRow makes dst[i,j] = a[i,j] · row[j].
func MulRow(dst, a, row []float32) { byRow(mul, dst, a, row) }

// DivRow makes dst[i,j] = a[i,j] / row[j].
func DivRow(dst, a, row []float32) { byRow(div, dst, a, row) }

// MaxRow makes dst[i,j] the larger of a[i,j] and row[j], as Max.
func MaxRow(dst, a, row []float32) { byRow(largest, dst, a, row) }

// MinRow makes dst[i,j] the smaller of a[i,j] and row[j], as Max.
func MinRow(dst, a, row []float32) { byRow(smallest, dst, a, row) }

// SubFromRow makes dst[i,j] = row[j] - a[i,j].
func SubFromRow(dst, a, row []float32) { byRow(subFrom, dst, a, row) }

// DivByRow makes dst[i,j] = row[j] / a[i,j].
func DivByRow(dst, a, row []float32) { byRow(divBy, dst, a, row) }

// AddColumn makes dst[i,j] = a[i,j] + column[i], of dst and a [len(column), n].
func AddColumn(dst, a, column []float32) { byColumn(add, dst, a, column) }

// SubColumn makes dst[i,j] = a[i,j] - column[i].
func SubColumn(dst, a, column []float32) { byColumn(sub, dst, a, column) }

// MulColumn makes dst[i,j] = a[i,j] · column[i].
func MulColumn(dst, a, column []float32) { byColumn(mul, dst, a, column) }

// DivColumn makes dst[i,j] = a[i,j] / column[i].
func DivColumn(dst, a, column []float32) { byColumn(div, dst, a, column) }

// MaxColumn makes dst[i,j] the larger of a[i,j] and column[i], as Max.
func MaxColumn(dst, a, column []float32) { byColumn(largest, dst, a, column) }

// MinColumn makes dst[i,j] the smaller of a[i,j] and column[i], as Max.
func MinColumn(dst, a, column []float32) { byColumn(smallest, dst, a, column) }

// SubFromColumn makes dst[i,j] = column[i] - a[i,j].
func SubFromColumn(dst, a, column []float32) { byColumn(subFrom, dst, a, column) }

// DivByColumn makes dst[i,j] = column[i] / a[i,j].
func DivByColumn(dst, a, column []float32) { byColumn(divBy, dst, a, column) }

func byRow(op operation, dst, a, row []float32) {
	n := len(row)
	rows := divided(dst, a, n)
	for i := range rows {
		use.pairs(op, dst[i*n:(i+1)*n], a[i*n:(i+1)*n], row)
	}
}

func byColumn(op operation, dst, a, column []float32) {
	n := divided(dst, a, len(column))
	for i, s := range column {
		use.scalar(op, dst[i*n:(i+1)*n], a[i*n:(i+1)*n], s)
	}
}

// divided is the length of dst and a divided by n.
func divided(dst, a []float32, n int) int {
	if len(dst) != len(a) || n == 0 && len(a) > 0 || n > 0 && len(a)%n != 0 {
		panic(fmt.Sprintf("kernel: %d and %d elements with a row or column of %d", len(dst), len(a), n))
	}
	if n == 0 {
		return 0
	}
	return len(a) / n
}
