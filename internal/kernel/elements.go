package kernel

// operation is a function of two elements.
type operation uint8

const (
	add operation = iota
	sub
	mul
	div
	largest
	smallest
	subFrom // b - a
	divBy   // b / a
)

// function is one of one element.
type function uint8

const (
	neg function = iota
	abs
	sqrt
	exp
	log
	logistic
)

// Add makes dst[i] = a[i] + b[i]. The three have one length, here and below, and dst may be an operand.
func Add(dst, a, b []float32) { pairs(add, dst, a, b) }

// Sub makes dst[i] = a[i] - b[i].
func Sub(dst, a, b []float32) { pairs(sub, dst, a, b) }

// Mul makes dst[i] = a[i] · b[i].
func Mul(dst, a, b []float32) { pairs(mul, dst, a, b) }

// Div makes dst[i] = a[i] / b[i].
func Div(dst, a, b []float32) { pairs(div, dst, a, b) }

// Max makes dst[i] the larger of a[i] and b[i] as Go's max does: NaN where one is, and of zeros the positive one.
func Max(dst, a, b []float32) { pairs(largest, dst, a, b) }

// Min makes dst[i] the smaller of a[i] and b[i], as Max.
func Min(dst, a, b []float32) { pairs(smallest, dst, a, b) }

// AddScalar makes dst[i] = a[i] + s.
func AddScalar(dst, a []float32, s float32) { scalar(add, dst, a, s) }

// MulScalar makes dst[i] = a[i] · s.
func MulScalar(dst, a []float32, s float32) { scalar(mul, dst, a, s) }

// MaxScalar makes dst[i] the larger of a[i] and s, as Max.
func MaxScalar(dst, a []float32, s float32) { scalar(largest, dst, a, s) }

// MinScalar makes dst[i] the smaller of a[i] and s, as Max.
func MinScalar(dst, a []float32, s float32) { scalar(smallest, dst, a, s) }

// SubScalar makes dst[i] = a[i] - s.
func SubScalar(dst, a []float32, s float32) { scalar(sub, dst, a, s) }

// DivScalar makes dst[i] = a[i] / s.
func DivScalar(dst, a []float32, s float32) { scalar(div, dst, a, s) }

// SubFrom makes dst[i] = s - a[i].
func SubFrom(dst, a []float32, s float32) { scalar(subFrom, dst, a, s) }

// DivBy makes dst[i] = s / a[i].
func DivBy(dst, a []float32, s float32) { scalar(divBy, dst, a, s) }

// Neg makes dst[i] = -a[i].
func Neg(dst, a []float32) { unary(neg, dst, a) }

// Abs makes dst[i] = |a[i]|.
func Abs(dst, a []float32) { unary(abs, dst, a) }

// Sqrt makes dst[i] = √a[i], rightly rounded.
func Sqrt(dst, a []float32) { unary(sqrt, dst, a) }

// Exp makes dst[i] = e^a[i], within 1 unit in the last place, subnormal results too.
func Exp(dst, a []float32) { unary(exp, dst, a) }

// Log makes dst[i] the natural logarithm of a[i], within 1 unit in the last place, of subnormal numbers too; it is NaN below 0.
func Log(dst, a []float32) { unary(log, dst, a) }

// Logistic makes dst[i] = 1/(1+e^-a[i]), within 2.5 units in the last place.
func Logistic(dst, a []float32) { unary(logistic, dst, a) }

func pairs(op operation, dst, a, b []float32) {
	same(len(dst), len(a), len(b))
	use.pairs(op, dst, a, b)
}

func scalar(op operation, dst, a []float32, s float32) {
	same(len(dst), len(a), len(a))
	use.scalar(op, dst, a, s)
}

func unary(f function, dst, a []float32) {
	same(len(dst), len(a), len(a))
	use.unary(f, dst, a)
}

func same(dst, a, b int) {
	if dst != a || a != b {
		panic("kernel: slices of different lengths")
	}
}
