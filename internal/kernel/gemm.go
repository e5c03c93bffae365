package kernel

import "fmt"

// Matrix is an operand of Gemm: element (i,j) lies at Data[i*Rows + j*Cols]. A matrix in the order of rows has Cols 1, and a
// transposed one Rows 1.
type Matrix struct {
	Data       []float32
	Rows, Cols int
}

// Workspace is the memory that Gemm copies operands into. The zero value is ready; it grows to at most 0.6 MB and is for one
// goroutine at a time.
type Workspace struct {
	a, b []float32
	tile tile
}

// The blocks that a product is divided into. Only depth decides bits: a sum over k is made in parts of depth elements. A
// block of B [depth, width] stays in the second cache while all rows pass, a block of A [height, depth] there or in the first.
const (
	depth    = 256
	width    = 512
	height   = 64
	tileRows = 4
)

// tile is what the innermost loop works on: C[rows, columns] = A[rows, k]·B[k, columns], or +=. Steps are in elements.
type tile struct {
	k             int
	a, b, c       []float32 // beginning at the tile's first element
	aRow, aStep   int
	bStep         int
	cRow          int
	rows, columns int
	add           bool
}

// Gemm makes C[m,n] = A[m,k]·B[k,n], or C += A·B with accumulate. C has rows of ldc elements. It panics where a slice is
// too short. C must not overlap A or B.
//
//nolint:revive // these are the arguments of a matrix product everywhere
func Gemm(c []float32, ldc int, a, b Matrix, m, n, k int, accumulate bool, w *Workspace) {
	if m <= 0 || n <= 0 {
		return
	}
	check("C", c, ldc, 1, m, n)
	if m > 1 && ldc < n {
		panic(fmt.Sprintf("kernel: rows of C [%d, %d] are only %d apart", m, n, ldc))
	}
	if k <= 0 {
		if !accumulate {
			for i := range m {
				clear(c[i*ldc : i*ldc+n])
			}
		}
		return
	}
	check("A", a.Data, a.Rows, a.Cols, m, k)
	check("B", b.Data, b.Rows, b.Cols, k, n)
	g := gemm{Workspace: w, c: c, ldc: ldc, a: a, b: b, m: m, columns: use.columns}
	for j := 0; j < n; j += width {
		for p := 0; p < k; p += depth {
			g.block(j, min(width, n-j), p, min(depth, k-p), accumulate || p > 0)
		}
	}
}

// check panics if a matrix is not inside its slice, since the tiles do not look.
func check(name string, data []float32, rows, cols, m, n int) {
	if last := (m-1)*rows + (n-1)*cols; rows < 0 || cols < 0 || last >= len(data) {
		panic(fmt.Sprintf("kernel: %s [%d, %d] with strides %d, %d does not lie in %d elements", name, m, n, rows, cols, len(data)))
	}
}

type gemm struct {
	*Workspace
	c       []float32
	ldc     int
	a, b    Matrix
	m       int
	columns int // of a tile
}

// block adds A[:, p:p+k]·B[p:p+k, j:j+n] to C[:, j:j+n], or puts it there.
func (g *gemm) block(j, n, p, k int, add bool) {
	b, bPanel, bStep := g.blockB(j, n, p, k)
	t := &g.tile
	*t = tile{k: k, bStep: bStep, cRow: g.ldc, add: add}
	for i := 0; i < g.m; i += height {
		rows := min(height, g.m-i)
		a, aTile := g.blockA(i, rows, p, k, n)
		for from := 0; from < n; from += g.columns {
			t.b = b[from/g.columns*bPanel:]
			for r := 0; r < rows; r += tileRows {
				t.a = a[r/tileRows*aTile:]
				t.c = g.c[(i+r)*g.ldc+j+from:]
				t.rows, t.columns = min(tileRows, rows-r), min(g.columns, n-from)
				g.one()
			}
		}
	}
	*t = tile{} // holds nothing of the caller's
}

// one does the workspace's tile.
func (g *gemm) one() {
	t := &g.tile
	if t.columns == g.columns {
		use.tile(t)
		return
	}
	b, c, columns := t.b, t.c, t.columns
	for from := 0; from < columns; from += g.columns / 2 {
		t.b, t.c, t.columns = b[from:], c[from:], min(g.columns/2, columns-from)
		use.edge(t)
	}
	t.b = b // the rows below need it
}

// blockB gives a block of B, the distance of its panels of columns, and that of the panels' rows. B is used where it lies if
// its rows are in order and it is small, or there are few rows of A to be paid for by a copy.
func (g *gemm) blockB(j, n, p, k int) (b []float32, panel, step int) {
	from := g.b.Data[p*g.b.Rows+j*g.b.Cols:]
	if g.b.Cols == 1 && (g.m <= 4*tileRows || k*g.b.Rows <= smallB) {
		return from, g.columns, g.b.Rows
	}
	panel, step = k*g.columns, g.columns
	g.Workspace.b = grow(g.Workspace.b, (n+g.columns-1)/g.columns*panel)
	for at := 0; at < n; at += g.columns {
		packB(g.Workspace.b[at/g.columns*panel:], step, Matrix{from[at*g.b.Cols:], g.b.Rows, g.b.Cols}, k, min(g.columns, n-at))
	}
	return g.Workspace.b, panel, step
}

// smallB is the number of elements of a block of B that stays in the first cache whatever its rows' distance.
const smallB = 4096

// blockA gives a block of A and the distance of its tiles of rows, and says in the workspace's tile how it lies. A is used
// where it lies unless its columns are in order, which spreads a tile over as many cache lines as it has columns, and it is
// used more than twice.
func (g *gemm) blockA(i, rows, p, k, n int) (a []float32, tiles int) {
	t := &g.tile
	from := g.a.Data[i*g.a.Rows+p*g.a.Cols:]
	if g.a.Rows != 1 || g.a.Cols == 1 || n <= 2*g.columns {
		t.aRow, t.aStep = g.a.Rows, g.a.Cols
		return from, tileRows * g.a.Rows
	}
	t.aRow, t.aStep = 1, tileRows
	g.Workspace.a = grow(g.Workspace.a, height*depth)
	packA(g.Workspace.a, from, g.a.Cols, rows, k)
	return g.Workspace.a, tileRows * k
}

// packA copies k columns of A, step apart, into tiles of 4 rows, all tiles of a column at a time, as they share cache lines.
func packA(dst, src []float32, step, rows, k int) {
	whole := rows &^ (tileRows - 1)
	for p := range k {
		column := src[p*step : p*step+rows]
		to := dst[p*tileRows:]
		for r := 0; r < whole; r += tileRows {
			*(*[tileRows]float32)(to[r*k:]) = *(*[tileRows]float32)(column[r:])
		}
		if whole < rows {
			copy(to[whole*k:], column[whole:])
		}
	}
}

// packB copies b [k, n] into rows that are step apart.
func packB(dst []float32, step int, b Matrix, k, n int) {
	switch {
	case b.Cols == 1:
		for p := range k {
			copy(dst[p*step:p*step+n], b.Data[p*b.Rows:])
		}
	case b.Rows == 1:
		use.transpose(dst, b.Data, n, k, step, b.Cols)
	default:
		for p := range k {
			for j := range n {
				dst[p*step+j] = b.Data[p*b.Rows+j*b.Cols]
			}
		}
	}
}

// grow makes s at least n long; what was in it is lost.
func grow(s []float32, n int) []float32 {
	if len(s) >= n {
		return s
	}
	return make([]float32, n)
}
