package chunk_test

import (
	"testing"

	"vitrine/index/vector/chunk"
)

// Ensure that rows stay where they are while a table grows, that fresh rows are filled, and that rows it lacks are nil.
func TestTable(t *testing.T) {
	table := chunk.New[uint32](3, 7)
	if table.Row(0) != nil || table.Row(1<<31) != nil {
		t.Error("an empty table has rows")
	}
	table.Grow(1)
	row := table.Row(0)
	row[2] = 42
	table.Grow(5*chunk.Rows + 1)
	table.Grow(2)
	if &row[0] != &table.Row(0)[0] || table.Row(0)[2] != 42 {
		t.Error("a row moved")
	}
	if last := table.Row(5 * chunk.Rows); len(last) != 3 || last[0] != 7 {
		t.Errorf("fresh row: got %v", last)
	}

	table.Touch(20 * chunk.Rows)
	table.Touch(20 * chunk.Rows)
	if table.Row(20*chunk.Rows) == nil || table.Row(10*chunk.Rows) != nil {
		t.Error("touching one row must make room for it, and not for those below")
	}
}

// Ensure that attached chunks are used where they lie, or copied when they are not full or the table shall own them, and that the table
// knows which have changed.
func TestAttach(t *testing.T) {
	whole, part := make([]uint32, 2*chunk.Rows), []uint32{5, 6}
	table := chunk.New[uint32](2, 7)
	table.Attach([][]uint32{whole, part})
	if &table.Row(0)[0] != &whole[0] || &table.Row(chunk.Rows)[0] == &part[0] {
		t.Error("the whole chunk was copied, or the part was not")
	}
	if table.Row(chunk.Rows)[1] != 6 || table.Row(chunk.Rows + 1)[0] != 7 {
		t.Error("the part is not filled up")
	}
	table.Own()
	if &table.Row(0)[0] == &whole[0] {
		t.Error("the table does not own its chunk")
	}
	table.Change(3)
	table.Grow(2*chunk.Rows + 1)
	for c, want := range []bool{false, true, false} {
		if got := table.Clean(c); got != want {
			t.Errorf("chunk %d: clean %v, want %v", c, got, want)
		}
	}
	table.Settle()
	if !table.Clean(0) || !table.Clean(2) {
		t.Error("settled chunks are not clean")
	}
}
