package distance

func (k kernel) similarity(a, b []float32) float32 { return k.generic(a, b) }

func (k kernel) rows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	k.rowsGeneric(q, chunks, shift, ids, out)
}

func codeRows(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	codeRowsGeneric(c, chunks, shift, ids, out)
}
