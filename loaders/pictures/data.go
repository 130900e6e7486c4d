package pictures

import (
	"encoding/base64"
	"net/url"
	"strings"

	"vitrine"
)

// decodeData decodes a data: URL (RFC 2397).
func (f *Fetcher) decodeData(ref string) ([]byte, error) {
	const perByte = 3 // the most that one byte takes, percent-encoded
	if int64(len(ref)) > perByte*f.o.Bytes+int64(len("data:image/jpeg;base64,")) {
		return nil, vitrine.Errorf(vitrine.TooLarge, "more than %d bytes", f.o.Bytes)
	}
	header, body, ok := strings.Cut(ref, ",")
	if !ok {
		return nil, vitrine.Errorf(vitrine.Invalid, "data URL: no comma")
	}
	var data []byte
	text, err := url.PathUnescape(body)
	if err == nil {
		data = []byte(text)
		if strings.HasSuffix(strings.ToLower(header), ";base64") {
			data, err = base64.StdEncoding.WithPadding(base64.NoPadding).DecodeString(strings.TrimRight(text, "="))
		}
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "data URL: %w", err)
	}
	if int64(len(data)) > f.o.Bytes {
		return nil, vitrine.Errorf(vitrine.TooLarge, "more than %d bytes", f.o.Bytes)
	}
	return data, nil
}
