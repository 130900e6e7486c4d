package loaders

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vitrine"
)

// idxPictures decodes an IDX file of grey pictures (magic 0x00000803, then count, rows and columns as big-endian uint32, then a byte a
// pixel) with its label file (magic 0x00000801), as the MNIST family is published. White on black becomes dark on white, like a
// product photo.
type idxPictures struct {
	pictures      *bufio.Reader
	labels        io.Reader
	names         []string
	folder        string
	prefix        string
	count         int
	width, height int
	row           int
	encoder       png.Encoder
}

// oneBuffer keeps the state of the PNG encoder from one picture to the next, which is most of its cost for small ones.
type oneBuffer struct{ buffer *png.EncoderBuffer }

func (o *oneBuffer) Get() *png.EncoderBuffer  { return o.buffer }
func (o *oneBuffer) Put(b *png.EncoderBuffer) { o.buffer = b }

func newIDX(content *bufio.Reader, path string, o Options) (*idxPictures, error) {
	var head [16]byte
	if _, err := io.ReadFull(content, head[:]); err != nil {
		return nil, cutError(0, 0, err)
	}
	d := &idxPictures{
		pictures: content, names: o.LabelNames, folder: o.PictureFolder, prefix: "idx", encoder: png.Encoder{BufferPool: &oneBuffer{}},
		count: int(binary.BigEndian.Uint32(head[4:])), height: int(binary.BigEndian.Uint32(head[8:])), width: int(binary.BigEndian.Uint32(head[12:])),
	}
	if d.width <= 0 || d.height <= 0 || d.width > o.RowLimit || d.height > o.RowLimit/d.width {
		return nil, vitrine.Errorf(vitrine.Invalid, "pictures of %d×%d pixels, at most %s a picture are allowed", d.width, d.height, bytesText(o.RowLimit))
	}
	if path != "" {
		d.prefix, _, _ = strings.Cut(filepath.Base(path), "-images")
	}
	if d.folder != "" {
		if err := os.MkdirAll(d.folder, 0o750); err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "picture folder: %w", err)
		}
	}
	return d, d.openLabels(path, o.Labels)
}

// openLabels reads the label file whole, a byte a picture: the given one, or the one named like the pictures.
func (d *idxPictures) openLabels(path, labels string) error {
	if labels == "" {
		sibling := strings.NewReplacer("-images", "-labels", "idx3", "idx1").Replace(filepath.Base(path))
		labels = filepath.Join(filepath.Dir(path), sibling)
		if path == "" || labels == filepath.Clean(path) || !isFile(labels) {
			return nil
		}
	}
	file, err := os.Open(filepath.Clean(labels))
	if err != nil {
		return vitrine.Errorf(vitrine.NotFound, "label file: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, _, closer, err := decompress(file)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "label file: %w", err)
	}
	defer closer()
	var head [8]byte
	if _, err := io.ReadFull(content, head[:]); err != nil || !bytes.HasPrefix(head[:], []byte{0, 0, 8, 1}) {
		return vitrine.Errorf(vitrine.Invalid, "label file %q: no IDX file of labels", labels)
	}
	if n := int(binary.BigEndian.Uint32(head[4:])); n != d.count {
		return vitrine.Errorf(vitrine.Invalid, "label file %q: %d labels for %d pictures", labels, n, d.count)
	}
	all, err := io.ReadAll(io.LimitReader(content, int64(d.count)))
	if err != nil || len(all) < d.count {
		return vitrine.Errorf(vitrine.Invalid, "label file %q: %w after %d of %d labels", labels, errCut, len(all), d.count)
	}
	d.labels = bytes.NewReader(all)
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func (d *idxPictures) next() (*record, error) {
	if d.row == d.count {
		return nil, io.EOF
	}
	d.row++
	grey := image.NewGray(image.Rect(0, 0, d.width, d.height))
	if _, err := io.ReadFull(d.pictures, grey.Pix); err != nil {
		return nil, cutError(d.row, 0, fmt.Errorf("%w after %d of %d pictures", err, d.row-1, d.count))
	}
	for i, c := range grey.Pix {
		grey.Pix[i] = 255 - c
	}
	id := d.prefix + "-" + strconv.Itoa(d.row-1)
	picture, err := d.store(id, grey)
	if err != nil {
		return nil, err
	}
	rec := &record{row: d.row}
	rec.add(textField("id", id), textField("images", picture))
	title := "Picture " + strconv.Itoa(d.row-1)
	if d.labels != nil {
		var label [1]byte
		if _, err := d.labels.Read(label[:]); err != nil {
			return nil, err
		}
		name := "class " + strconv.Itoa(int(label[0]))
		if int(label[0]) < len(d.names) {
			name = d.names[label[0]]
		}
		title = name
		rec.add(textField("attributes.class", name), field{name: "category", value: vitrine.Texts(name)})
	}
	rec.add(textField("title", title))
	return rec, nil
}

// store encodes the picture and returns what refers to it.
func (d *idxPictures) store(id string, picture image.Image) (string, error) {
	var b bytes.Buffer
	if err := d.encoder.Encode(&b, picture); err != nil {
		return "", vitrine.Errorf(vitrine.Internal, "picture of row %d: %w", d.row, err)
	}
	if d.folder == "" {
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
	}
	name := id + ".png"
	if err := os.WriteFile(filepath.Join(d.folder, name), b.Bytes(), 0o600); err != nil {
		return "", vitrine.Errorf(vitrine.Internal, "picture of row %d: %w", d.row, err)
	}
	return name, nil
}
