package loaders

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"vitrine"
)

// parquetRows decodes the rows of a parquet file. Nested columns get dotted names, with the "list.element" of lists left out.
type parquetRows struct {
	source    *os.File
	file      *parquet.File
	input     *counter
	size      int64
	pageLimit int
	temp      *os.File
	columns   []parquetColumn
	// group is the number of row groups begun; rows are those of the last one, buffer and filled the ones read of them.
	group  int
	rows   parquet.Rows
	buffer []parquet.Row
	filled []parquet.Row
	row    int
	fault  error
}

type parquetColumn struct {
	name    string
	kind    parquet.Kind
	logical any
}

const parquetBatch = 64

// newParquet opens the file that content comes from. Parquet is read from its end: a stream or compressed content is first copied to a
// temporary file; direct, when not nil, is the file itself.
func newParquet(content io.Reader, direct *os.File, input *counter, o Options) (*parquetRows, error) {
	p := &parquetRows{input: input, size: o.Size, pageLimit: o.PageLimit, buffer: make([]parquet.Row, parquetBatch)}
	if direct == nil {
		if err := p.spool(content, o.SpoolLimit); err != nil {
			p.close()
			return nil, err
		}
		direct = p.temp
	}
	if err := p.open(direct); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *parquetRows) spool(content io.Reader, limit int64) (err error) {
	if p.temp, err = os.CreateTemp("", "vitrine-*.parquet"); err != nil {
		return vitrine.Errorf(vitrine.Internal, "temporary file: %w", err)
	}
	p.size, err = io.Copy(p.temp, io.LimitReader(content, limit+1))
	switch {
	case p.size > limit:
		return vitrine.Errorf(vitrine.TooLarge, "parquet stream of more than %d bytes", limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return cutError(1, 0, err)
	case err != nil:
		return vitrine.Errorf(vitrine.Internal, "temporary file: %w", err)
	}
	return nil
}

func (p *parquetRows) open(file *os.File) (err error) {
	defer p.recovered(&err)
	if err := checkParquetTail(file, p.size); err != nil {
		return cutError(1, 0, err)
	}
	if p.file, err = parquet.OpenFile(file, p.size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true)); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "parquet footer: %w", err)
	}
	schema := p.file.Schema()
	for _, path := range schema.Columns() {
		leaf, ok := schema.Lookup(path...)
		if !ok {
			return vitrine.Errorf(vitrine.Invalid, "parquet schema: column %s is missing", strings.Join(path, "."))
		}
		c := parquetColumn{name: parquetName(path), kind: leaf.Node.Type().Kind()}
		if logical := leaf.Node.Type().LogicalType(); logical != nil {
			c.logical = logical.Value
		}
		p.columns = append(p.columns, c)
	}
	p.source = file
	return nil
}

// parquetName joins a column's path, leaving out the two levels that encode a list.
func parquetName(path []string) string {
	kept := make([]string, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == "list" && i+1 < len(path) && (path[i+1] == "element" || path[i+1] == "item") {
			i++
			continue
		}
		kept = append(kept, path[i])
	}
	return strings.Join(kept, ".")
}

// recovered turns a panic of the parquet library on a damaged file into an error.
func (p *parquetRows) recovered(err *error) {
	if r := recover(); r != nil {
		*err = vitrine.Errorf(vitrine.Invalid, "row %d: parquet file is damaged: %v", p.row+1, r)
	}
}

func (p *parquetRows) close() {
	if p.rows != nil {
		_ = p.rows.Close()
		p.rows = nil
	}
	if p.temp != nil {
		_ = p.temp.Close()
		_ = os.Remove(p.temp.Name())
		p.temp = nil
	}
}

func (p *parquetRows) next() (rec *record, err error) {
	defer p.recovered(&err)
	for len(p.filled) == 0 {
		if p.fault != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "row %d: parquet file is damaged: %w", p.row+1, p.fault)
		}
		if p.rows == nil {
			if err := p.enterGroup(); err != nil {
				return nil, err
			}
		}
		n, err := p.rows.ReadRows(p.buffer)
		p.filled = p.buffer[:n]
		if err != nil {
			_ = p.rows.Close()
			p.rows = nil
			if !errors.Is(err, io.EOF) {
				p.fault = err
			}
		}
	}
	row := p.filled[0]
	p.filled = p.filled[1:]
	p.row++
	if total := p.file.NumRows(); total > 0 {
		p.input.n.Store(int64(float64(p.size) * float64(p.row) / float64(total)))
	}
	return p.record(row), nil
}

// enterGroup begins the next row group; io.EOF says that there is none.
func (p *parquetRows) enterGroup() error {
	groups := p.file.RowGroups()
	if p.group == len(groups) {
		return io.EOF
	}
	if err := checkParquetGroup(p.source, p.size, &p.file.Metadata().RowGroups[p.group], p.pageLimit); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "row %d: parquet file is damaged: %w", p.row+1, err)
	}
	p.rows = groups[p.group].Rows()
	p.group++
	return nil
}

func (p *parquetRows) record(row parquet.Row) *record {
	rec := &record{row: p.row}
	row.Range(func(column int, values []parquet.Value) bool {
		c := p.columns[column]
		fields := make([]field, 0, len(values))
		for _, v := range values {
			if !v.IsNull() {
				fields = append(fields, c.field(v, rec))
			}
		}
		switch len(fields) {
		case 0:
		case 1:
			rec.add(fields[0])
		default:
			texts := make([]string, len(fields))
			for i := range fields {
				texts[i] = fields[i].first()
			}
			rec.add(field{name: c.name, value: vitrine.Texts(texts...)})
		}
		return true
	})
	return rec
}

// field turns a parquet value into a field by its logical type.
func (c *parquetColumn) field(v parquet.Value, rec *record) field {
	switch logical := c.logical.(type) {
	case *format.DecimalType:
		const most = 100
		if logical.Scale < 0 || logical.Scale > most {
			return field{name: c.name}
		}
		return c.number(decimal(v, int(logical.Scale)))
	case *format.DateType:
		return textField(c.name, time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly))
	case *format.TimestampType:
		return textField(c.name, timestamp(v.Int64(), logical).Format(time.RFC3339))
	}
	switch c.kind {
	case parquet.Boolean:
		return field{name: c.name, value: vitrine.Bool(v.Boolean())}
	case parquet.Int32:
		return c.number(strconv.FormatInt(int64(v.Int32()), 10))
	case parquet.Int64:
		return c.number(strconv.FormatInt(v.Int64(), 10))
	case parquet.Float:
		return c.number(strconv.FormatFloat(float64(v.Float()), 'g', -1, 32))
	case parquet.Double:
		return c.number(strconv.FormatFloat(v.Double(), 'g', -1, 64))
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return textField(c.name, repairUTF8(string(v.ByteArray()), rec))
	case parquet.Int96:
	}
	return textField(c.name, fmt.Sprint(v))
}

func (c *parquetColumn) number(literal string) field {
	f := numberField(c.name, literal)
	if x, _ := f.value.Number(); math.IsNaN(x) || math.IsInf(x, 0) {
		return field{name: c.name}
	}
	return f
}

// decimal writes an unscaled integer with its scale.
func decimal(v parquet.Value, scale int) string {
	var unscaled big.Int
	switch v.Kind() {
	case parquet.Int32:
		unscaled.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		unscaled.SetInt64(v.Int64())
	case parquet.Boolean, parquet.Int96, parquet.Float, parquet.Double, parquet.ByteArray, parquet.FixedLenByteArray:
		b := v.ByteArray()
		unscaled.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			unscaled.Sub(&unscaled, new(big.Int).Exp(big.NewInt(256), big.NewInt(int64(len(b))), nil))
		}
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(&unscaled, power).FloatString(scale)
}

func timestamp(n int64, t *format.TimestampType) time.Time {
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}
