package imaging

import (
	"bytes"
	"encoding/binary"
)

// The functions of this file read the EXIF orientation of a picture file: 1 to 8, and 1 when it is absent or broken.

// jpegOrientation walks the segments before the scan to the one marked "Exif".
func jpegOrientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		const startOfScan, app1 = 0xda, 0xe1
		if marker == startOfScan || size < 2 || at+2+size > len(data) {
			break
		}
		segment := data[at+4 : at+2+size]
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == app1 {
			return tiffOrientation(exif)
		}
		at += 2 + size
	}
	return 1
}

// pngOrientation walks the chunks to eXIf.
func pngOrientation(data []byte) int {
	for at := 8; at+12 <= len(data); {
		size := int(binary.BigEndian.Uint32(data[at:]))
		if size > len(data)-at-12 {
			break
		}
		if string(data[at+4:at+8]) == "eXIf" {
			return tiffOrientation(data[at+8 : at+8+size])
		}
		at += 12 + size
	}
	return 1
}

// webpOrientation walks the RIFF chunks to EXIF; some writers put JPEG's prefix before it.
func webpOrientation(data []byte) int {
	for at := 12; at+8 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		if size > len(data)-at-8 {
			break
		}
		if string(data[at:at+4]) == "EXIF" {
			return tiffOrientation(bytes.TrimPrefix(data[at+8:at+8+size], []byte("Exif\x00\x00")))
		}
		at += 8 + size + size%2
	}
	return 1
}

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF structure.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	directory := int64(order.Uint32(tiff[4:]))
	if directory+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[directory+2:]
	for range order.Uint16(tiff[directory:]) {
		const entrySize, tagOrientation, typeShort = 12, 0x0112, 3
		if len(entries) < entrySize {
			break
		}
		if order.Uint16(entries) == tagOrientation {
			if value := int(order.Uint16(entries[8:])); order.Uint16(entries[2:]) == typeShort && value >= 1 && value <= 8 {
				return value
			}
			break
		}
		entries = entries[entrySize:]
	}
	return 1
}
