package cpu

import (
	"github.com/gomlx/compute"

	"github.com/acecoder/acecoder/internal/kernel"
)

// unaryKernels are the functions of one operand.
var unaryKernels = map[compute.OpType]func(dst, a []float32){
	compute.OpTypeAbs: kernel.Abs, compute.OpTypeNeg: kernel.Neg, compute.OpTypeSqrt: kernel.Sqrt, compute.OpTypeExp: kernel.Exp,
	compute.OpTypeLog: kernel.Log, compute.OpTypeLogistic: kernel.Logistic, compute.OpTypeSin: kernel.Sin, compute.OpTypeCos: kernel.Cos,
}

// binaryKernel is a function of two operands, of the same length, or with one of them a number, a row or a column. The
// reverse ones have the operands exchanged.
type binaryKernel struct {
	same                   func(dst, a, b []float32)
	scalar, scalarReverse  func(dst, a []float32, s float32)
	row, rowReverse        func(dst, a, row []float32)
	column, columnReversed func(dst, a, column []float32)
}

var binaryKernels = map[compute.OpType]binaryKernel{
	compute.OpTypeAdd: {
		kernel.Add, kernel.AddScalar, kernel.AddScalar, kernel.AddRow, kernel.AddRow, kernel.AddColumn, kernel.AddColumn,
	},
	compute.OpTypeSub: {
		kernel.Sub, kernel.SubScalar, kernel.SubFrom, kernel.SubRow, kernel.SubFromRow, kernel.SubColumn, kernel.SubFromColumn,
	},
	compute.OpTypeMul: {
		kernel.Mul, kernel.MulScalar, kernel.MulScalar, kernel.MulRow, kernel.MulRow, kernel.MulColumn, kernel.MulColumn,
	},
	compute.OpTypeDiv: {
		kernel.Div, kernel.DivScalar, kernel.DivBy, kernel.DivRow, kernel.DivByRow, kernel.DivColumn, kernel.DivByColumn,
	},
	compute.OpTypeMax: {
		kernel.Max, kernel.MaxScalar, kernel.MaxScalar, kernel.MaxRow, kernel.MaxRow, kernel.MaxColumn, kernel.MaxColumn,
	},
	compute.OpTypeMin: {
		kernel.Min, kernel.MinScalar, kernel.MinScalar, kernel.MinRow, kernel.MinRow, kernel.MinColumn, kernel.MinColumn,
	},
}

func roundBF16(dst []uint16, src []float32) { kernel.ToBF16(dst, src) }
func widenBF16(dst []float32, src []uint16) { kernel.ConvertBF16(dst, src) }
