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
