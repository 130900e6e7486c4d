package loaders

import (
	"errors"
	"fmt"

	"vitrine"
)

// field is a named cell of a record. Nested names are joined by a dot; a list of objects yields one field of texts per inner name.
type field struct {
	name  string
	value vitrine.Value
	// literal is how the file writes a number, so that ids and codes keep every digit.
	literal string
}

func textField(name, s string) field { return field{name: name, value: vitrine.Text(s)} }

func (f *field) texts() []string {
	if f.literal != "" {
		return []string{f.literal}
	}
	return f.value.Texts()
}

func (f *field) first() string {
	if f.literal != "" {
		return f.literal
	}
	if t := f.value.Texts(); len(t) > 0 {
		return t[0]
	}
	return ""
}

// record is a row as its format gives it.
type record struct {
	row, line int
	fields    []field
	// untyped is set by formats that know texts only (CSV), so that attributes get their type from the look of the text.
	untyped bool
	mended  []mend
}

// mend is a repair made on a row.
type mend struct{ reason, detail string }

func (r *record) add(fields ...field) { r.fields = append(r.fields, fields...) }

func (r *record) mend(reason, detail string) { r.mended = append(r.mended, mend{reason, detail}) }

// get returns the first text of a field by its exact name.
func (r *record) get(name string) string {
	for i := range r.fields {
		if r.fields[i].name == name {
			return r.fields[i].first()
		}
	}
	return ""
}

func (r *record) has(names ...string) bool {
	for _, name := range names {
		found := false
		for i := range r.fields {
			found = found || r.fields[i].name == name
		}
		if !found {
			return false
		}
	}
	return true
}

// decoder reads the records of one format. After a *rowError the next call goes on with the next row; io.EOF is the regular end,
// and any other error is the last one.
type decoder interface {
	next() (*record, error)
}

// rowError is a row that cannot be read while the rows after it can.
type rowError struct {
	row, line      int
	reason, detail string
}

func (e *rowError) Error() string { return e.reason + ": " + e.detail }

// errCut marks a file that ends in the middle of a row.
var errCut = errors.New("file is cut off")

// cutError says where a file ends in the middle of a row.
func cutError(row, line int, cause any) error {
	if line > 0 {
		return vitrine.Errorf(vitrine.Invalid, "row %d (line %d): %w: %v", row, line, errCut, cause)
	}
	return vitrine.Errorf(vitrine.Invalid, "row %d: %w: %v", row, errCut, cause)
}

func bytesText(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
