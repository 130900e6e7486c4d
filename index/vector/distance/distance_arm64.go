package distance

func dot(a, b []float32) float32 { return dotGeneric(a, b) }

func dotRows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	dotRowsGeneric(q, chunks, shift, ids, out)
}

func codeRows(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	codeRowsGeneric(c, chunks, shift, ids, out)
}
