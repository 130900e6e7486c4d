package loaders

import (
	"strings"

	"vitrine"
)

// joinIcecat rights what is particular to Icecat exports: line breaks within texts are written as a backslash and an n.
func joinIcecat(inner decoder, _ Options) decoder { return &icecat{inner} }

type icecat struct{ decoder }

func (d *icecat) next() (*record, error) {
	rec, err := d.decoder.next()
	if err != nil {
		return nil, err
	}
	for i := range rec.fields {
		f := &rec.fields[i]
		if texts := f.texts(); len(texts) == 1 && strings.Contains(texts[0], `\n`) {
			f.value = vitrine.Text(strings.ReplaceAll(texts[0], `\n`, "\n"))
		}
	}
	return rec, nil
}
