package section

import "vitrine/index/vector/chunk"

// PutTable writes the first n rows of a table, a block for each chunk; chunks that have not changed since the commit before are kept.
func PutTable[T interface {
	Element
	comparable
}](w *Writer, name string, t *chunk.Table[T], n int,
) {
	for c, part := range t.Chunks() {
		left := n - c*chunk.Rows
		if left <= 0 {
			break
		}
		if t.Clean(c) && w.keep(key{name, uint32(c)}) {
			continue
		}
		Put(w, name, c, part[:min(left, chunk.Rows)*t.Width()])
	}
	if w.owned {
		w.settle = append(w.settle, t.Settle)
	}
}

// GetTable makes a table, which nobody else sees yet, have the n rows that PutTable wrote, where they lie in the file. The last chunk is
// copied unless it is full, so that it can grow.
func GetTable[T interface {
	Element
	comparable
}](f *File, name string, t *chunk.Table[T], n int,
) error {
	var chunks [][]T
	for low := 0; low < n; low += chunk.Rows {
		part, err := Get[T](f, name, low>>chunk.Shift, min(n-low, chunk.Rows)*t.Width())
		if err != nil {
			return err
		}
		chunks = append(chunks, part)
	}
	t.Attach(chunks)
	return nil
}
