package catalog

import (
	"encoding/binary"
	"math"

	"vitrine"
)

// Rows are the vectors of one product in one space.
type Rows struct {
	// Seq is the change that set the vectors; a later change of the product that left them alone has a higher one. 0 means that there are none.
	Seq uint64
	// Vectors has one vector of unit length per picture or text, nil when there are none.
	Vectors [][]float32
}

const rowsHeader = seqSize + 4

// appendRows appends the stored form of vectors without their seq: the dimension, then float32 little-endian.
func appendRows(dst []byte, vectors [][]float32) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(vectors[0]))) //nolint:gosec // a dimension, checked by Put
	for _, v := range vectors {
		for _, x := range v {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
		}
	}
	return dst
}

func decodeRows(data []byte) (Rows, error) {
	damaged := vitrine.Errorf(vitrine.Internal, "stored vectors: damaged, %d bytes", len(data))
	if len(data) < rowsHeader {
		return Rows{}, damaged
	}
	seq := binary.BigEndian.Uint64(data)
	dimension := int(binary.LittleEndian.Uint32(data[seqSize:]))
	data = data[rowsHeader:]
	if dimension == 0 || len(data) == 0 || len(data)%4 != 0 || len(data)/4%dimension != 0 {
		return Rows{}, damaged
	}
	all := make([]float32, len(data)/4)
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	rows := Rows{Seq: seq, Vectors: make([][]float32, len(all)/dimension)}
	for i := range rows.Vectors {
		rows.Vectors[i] = all[i*dimension : (i+1)*dimension : (i+1)*dimension]
	}
	return rows, nil
}
