package loaders

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The parquet library allocates what page headers claim, so a few damaged bytes can ask for all memory there is. The checks here walk
// the page headers of a row group before its pages are read, which costs one small read a page.

// checkParquetTail checks the last eight bytes: the length of the footer and the magic.
func checkParquetTail(file *os.File, size int64) error {
	const magic, tailSize = "PAR1", 8
	var tail [tailSize]byte
	if size < int64(len(magic))+tailSize {
		return errNoFooter
	}
	if _, err := file.ReadAt(tail[:], size-tailSize); err != nil || string(tail[4:]) != magic {
		return errNoFooter
	}
	if footer := int64(binary.LittleEndian.Uint32(tail[:])); footer > size-tailSize-int64(len(magic)) {
		return fmt.Errorf("the footer of %d bytes is larger than the file", footer)
	}
	return nil
}

var errNoFooter = errors.New("the parquet footer is missing")

// checkParquetGroup checks that the pages of each column chunk lie within it, hold as many values as the footer says, and are no larger
// than the limit when decompressed.
func checkParquetGroup(file *os.File, size int64, group *format.RowGroup, limit int) error {
	for i := range group.Columns {
		m := &group.Columns[i].MetaData
		if err := checkChunk(file, size, m, limit); err != nil {
			return fmt.Errorf("column %v: %w", m.PathInSchema, err)
		}
	}
	return nil
}

func checkChunk(file *os.File, size int64, m *format.ColumnMetaData, limit int) error {
	at := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		at = min(at, m.DictionaryPageOffset)
	}
	end := at + m.TotalCompressedSize
	if at < 0 || m.TotalCompressedSize < 0 || end < at || end > size {
		return errors.New("lies outside the file")
	}
	buffer := bufio.NewReader(nil)
	values := int64(0)
	for at < end {
		section := io.NewSectionReader(file, at, end-at)
		buffer.Reset(section)
		var header format.PageHeader
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(buffer)).Decode(&header); err != nil {
			return fmt.Errorf("page header at byte %d: %w", at, err)
		}
		read, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		body := at + read - int64(buffer.Buffered())
		compressed, plain := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
		count := pageValues(&header)
		if compressed < 0 || body+compressed > end || plain < 0 || plain > int64(limit) || count < 0 || count > limit {
			return fmt.Errorf("page at byte %d claims %d bytes, %d decompressed, %d values", at, compressed, plain, count)
		}
		if header.Type == format.DataPage || header.Type == format.DataPageV2 {
			values += int64(count)
		}
		at = body + compressed
	}
	if values != m.NumValues {
		return fmt.Errorf("pages hold %d values, the footer says %d", values, m.NumValues)
	}
	return nil
}

func pageValues(header *format.PageHeader) int {
	switch {
	case header.DataPageHeader.Valid:
		return int(header.DataPageHeader.V.NumValues)
	case header.DataPageHeaderV2.Valid:
		return int(header.DataPageHeaderV2.V.NumValues)
	case header.DictionaryPageHeader.Valid:
		return int(header.DictionaryPageHeader.V.NumValues)
	}
	return 0
}
