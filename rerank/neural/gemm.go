package neural

// Tile sizes of the kernel: it computes tileRows × tileColumns elements of a product at a time.
const (
	tileRows    = 4
	tileColumns = 16
)

// matrix is a view of float32 elements: element (i, j) is data[i*row + j*column].
type matrix struct {
	data        []float32
	row, column int
}

// rowMajor is a matrix of rows of the given width.
func rowMajor(data []float32, width int) matrix { return matrix{data, width, 1} }

// transposed is its transpose.
func transposed(data []float32, width int) matrix { return matrix{data, 1, width} }

// multiply adds a·b to c, where a is n×k, b is k×m and c is n×m, both row-major; with zero set, c is overwritten.
func multiply(c []float32, a matrix, b []float32, n, k, m int, zero bool) {
	if n == 0 || m == 0 {
		return
	}
	if zero {
		clear(c[:n*m])
	}
	if k == 0 {
		return
	}
	_, _, _ = a.data[(n-1)*a.row+(k-1)*a.column], b[k*m-1], c[n*m-1] // the kernel reads without bounds checks
	rows, columns := n/tileRows*tileRows, m/tileColumns*tileColumns
	if !vector {
		rows, columns = 0, 0
	}
	for j := 0; j < columns; j += tileColumns {
		for i := 0; i < rows; i += tileRows {
			tile(&c[i*m+j], m, &a.data[i*a.row], a.row, a.column, &b[j], m, k)
		}
	}
	multiplyPart(c, a, b, 0, rows, k, columns, m)
	multiplyPart(c, a, b, rows, n, k, 0, m)
}

// multiplyPart is multiply for rows from … to and the columns from first on: the portable kernel.
func multiplyPart(c []float32, a matrix, b []float32, from, to, k, first, m int) {
	if first == m {
		return
	}
	for i := from; i < to; i++ {
		out := c[i*m+first : (i+1)*m]
		for l := range k {
			if v := a.data[i*a.row+l*a.column]; v != 0 {
				in := b[l*m+first : (l+1)*m]
				in = in[:len(out)]
				for j := range out {
					out[j] += v * in[j]
				}
			}
		}
	}
}
